package io.fairlead.gateway.balance;

import java.util.Set;

/// A call as policies see it.
record FakeCall(long affinityHash, Set<Object> tried) implements PickArgs {
    static final FakeCall FIRST = new FakeCall(0, Set.of());

    static FakeCall after(Object... candidates) {
        return new FakeCall(0, Set.of(candidates));
    }

    @Override
    public boolean hasTried(Object candidate) {
        return tried.contains(candidate);
    }
}
