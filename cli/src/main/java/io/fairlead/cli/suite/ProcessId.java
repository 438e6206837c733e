package io.fairlead.cli.suite;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A process for good: pids are used again, pid and start time together are not.
///
/// @param startMillis when it started, in milliseconds since 1970
public record ProcessId(long pid, long startMillis) {
    /// Systems tell start times in steps of up to a second, from a boot time that may be corrected by another.
    private static final Duration TOLERANCE = Duration.ofSeconds(2);

    /// The identity of a running process.
    ///
    /// @param fallback its start where the system does not tell
    static ProcessId of(ProcessHandle handle, Instant fallback) {
        return new ProcessId(
                handle.pid(), handle.info().startInstant().orElse(fallback).toEpochMilli());
    }

    /// The identity of the current process.
    public static ProcessId current() {
        return of(ProcessHandle.current(), Instant.now());
    }

    /// The process while it runs; empty if it has ended, even if another one has its pid now.
    public Optional<ProcessHandle> find() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(handle -> handle.info()
                        .startInstant()
                        .map(start -> matches(start.toEpochMilli()))
                        .orElse(false));
    }

    boolean matches(long otherStartMillis) {
        return Math.abs(otherStartMillis - startMillis) <= TOLERANCE.toMillis();
    }
}
