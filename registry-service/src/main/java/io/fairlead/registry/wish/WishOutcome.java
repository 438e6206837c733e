package io.fairlead.registry.wish;

import io.fairlead.registry.lease.Lease;

/// What became of a wish.
public sealed interface WishOutcome {
    /// The instance is as wished.
    record Fulfilled(Lease lease) implements WishOutcome {}

    /// The instance was told, and has not said yet that it is so.
    record Told(Lease lease) implements WishOutcome {}

    /// The instance is listed, but has no link here through which it could be told.
    record Unreachable(Lease lease) implements WishOutcome {}

    /// There is no such instance.
    record Unknown() implements WishOutcome {}
}
