package io.fairlead.gateway.balance;

import org.jspecify.annotations.Nullable;

/// Chooses a candidate for a call. A snapshot: its candidates and their weights never change; it is replaced
/// when the fleet changes. Confined to its loop.
///
/// @param <C> what is chosen from
public interface Picker<C extends Candidate> {
    /// The candidate for a call, never one that is not available.
    ///
    /// In this order of importance it is one that the call has not tried, that has room for another call, and
    /// that takes bytes at once. So an answer without room ([Load#hasRoom]) says that no other untried one has
    /// any either.
    ///
    /// @param nowNanos the time of the loop's pass
    /// @return null if no candidate is available
    @Nullable C pick(PickArgs args, long nowNanos);

    /// How many candidates there are, available or not.
    int size();

    /// A picker without candidates.
    static <C extends Candidate> Picker<C> none() {
        return new Picker<>() {
            @Override
            public @Nullable C pick(PickArgs args, long nowNanos) {
                return null;
            }

            @Override
            public int size() {
                return 0;
            }
        };
    }
}
