package io.fairlead.systemtests.faults;

/// How a call ended, as its client saw it.
enum Outcome {
    /// The reply that belongs to the call.
    RIGHT,
    /// A reply that belongs to another call, or to none.
    WRONG,
    /// "May have run".
    UNKNOWN,
    /// "Certainly not run".
    REFUSED,
    /// The deadline passed, said by the gateway or seen by the client.
    DEADLINE,
    /// The connection ended between the request and its reply; it may have run.
    CLOSED,
    /// The client could not connect; nothing was sent.
    NOT_SENT,
    /// Any other answer, such as INTERNAL.
    FAILED
}
