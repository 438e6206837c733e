package io.fairlead.registry.lease;

/// What became of a register or a renewal.
public sealed interface Outcome {
    /// It is listed.
    record Accepted(Change change) implements Outcome {}

    /// A later incarnation is known, or this one has left: only an epoch above `highestEpoch` is taken.
    record Outdated(long highestEpoch) implements Outcome {}

    /// No such lease.
    record Unknown() implements Outcome {}

    /// A limit is reached.
    ///
    /// @param why names the value and the limit
    record Full(String why) implements Outcome {}
}
