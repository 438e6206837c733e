package io.fairlead.registry.lease;

import java.util.function.LongSupplier;

/// Monotonic time that stands still while this process does: renewals that arrived while it was stopped wait in socket
/// buffers, and leases must not lapse before they are read. Not thread-safe.
public final class LeaseClock {
    private final LongSupplier nanos;
    private final long maxGapNanos;
    private long lastNanos;
    private long pausedNanos;

    /// @param nanos such as `System::nanoTime`
    /// @param maxGapNanos longest time between two readings in a process that runs; more than that does not count
    public LeaseClock(LongSupplier nanos, long maxGapNanos) {
        this.nanos = nanos;
        this.maxGapNanos = maxGapNanos;
        this.lastNanos = nanos.getAsLong();
    }

    /// The time in nanoseconds, comparable only with others of this clock.
    public long now() {
        long now = nanos.getAsLong();
        pausedNanos += Math.max(0, now - lastNanos - maxGapNanos);
        lastNanos = now;
        return now - pausedNanos;
    }
}
