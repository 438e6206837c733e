package io.fairlead.systemtests.faults;

import java.time.Duration;
import java.util.Optional;

/// What the clients of one process write down. Thread-safe.
record Calls(Journal journal) {
    /// Time that each call has.
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    /// A call is about to be sent.
    void begin(String id, String kind, boolean idempotent, Optional<String> gateway) {
        long now = System.nanoTime();
        journal.write("call", id, kind, idempotent, gateway.orElse("-"), now, now + TIMEOUT.toNanos());
    }

    void end(String id, Outcome outcome, String detail) {
        journal.write("end", id, outcome, System.nanoTime(), detail);
    }
}
