package io.fairlead.gateway.balance;

/// How an instance is chosen for a call that has no affinity key.
public enum Policy {
    /// The better of two random instances by expected latency and calls in flight.
    PEAK_EWMA,
    /// The better of two random instances by calls in flight alone: for methods of very different duration on
    /// the same instances, where a long answer is no sign of a slow instance.
    LEAST_IN_FLIGHT,
    /// One after the other, by weight.
    ROUND_ROBIN,
    /// Any, by weight.
    RANDOM
}
