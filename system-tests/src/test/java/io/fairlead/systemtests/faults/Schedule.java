package io.fairlead.systemtests.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// An endless sequence of faults that a seed decides: each kind once, shuffled, then each again in another
/// order. Not thread-safe.
final class Schedule {
    private final List<FaultKind> kinds;
    private final Random random;
    private final List<FaultKind> left = new ArrayList<>();

    /// @param kinds that may come, at least one
    Schedule(long seed, List<FaultKind> kinds) {
        if (kinds.isEmpty()) {
            throw new IllegalArgumentException("kinds: none (expected: at least one kind of fault)");
        }
        this.kinds = List.copyOf(kinds);
        this.random = new Random(seed);
    }

    PlannedFault next() {
        if (left.isEmpty()) {
            left.addAll(kinds);
            Collections.shuffle(left, random);
        }
        // Not the worker behind the proxy: what is done to it is done to the proxy's host, too, or not seen at all.
        return new PlannedFault(
                left.removeFirst(),
                "worker-" + random.nextInt(Fleet.PROXIED_WORKER),
                "gateway-" + random.nextInt(Fleet.GATEWAYS),
                "registry-" + random.nextInt(Fleet.REGISTRIES));
    }
}
