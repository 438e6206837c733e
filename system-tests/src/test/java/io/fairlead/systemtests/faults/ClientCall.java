package io.fairlead.systemtests.faults;

import java.util.Optional;

/// A call as its client wrote it down. Times are of [System#nanoTime].
///
/// @param id unique in the run; also its payload, or part of it
/// @param kind of client and method, such as `native apply`
/// @param idempotent whether its method may run more than once
/// @param gateway that it was sent to; empty if the client does not know, as native ones do not
/// @param end empty if nothing was heard of it
record ClientCall(
        String id,
        String kind,
        boolean idempotent,
        Optional<String> gateway,
        long sentNanos,
        long deadlineNanos,
        Optional<End> end) {
    /// @param detail what was answered, for people
    record End(Outcome outcome, long atNanos, String detail) {}
}
