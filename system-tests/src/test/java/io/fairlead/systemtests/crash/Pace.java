package io.fairlead.systemtests.crash;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Bounds what all producers begin: so many a second, and nothing while the gateways have a long backlog, which
/// would have to be worked off at the end. Thread-safe; one thread runs what was put off.
final class Pace implements AutoCloseable {
    private static final long CLOSED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    /// What a pause of this process may have saved up.
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final long intervalNanos;
    private final AtomicLong next = new AtomicLong(System.nanoTime());
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("pace").factory());
    private volatile boolean closed;

    /// @param perSecond above 0
    Pace(int perSecond) {
        intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    }

    /// Lets nothing more begin, or everything again.
    void close(boolean value) {
        closed = value;
    }

    /// Runs a task when its turn has come. The task must not block.
    void then(Runnable task) {
        later(turn(), task);
    }

    /// Runs a task after a time. The task must not block.
    void after(long nanos, Runnable task) {
        clock.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    private void later(long nanos, Runnable task) {
        clock.schedule(
                () -> {
                    if (closed) {
                        later(CLOSED_PAUSE_NANOS, task);
                    } else {
                        task.run();
                    }
                },
                nanos,
                TimeUnit.NANOSECONDS);
    }

    /// Waits for a turn.
    void await() {
        long due = System.nanoTime() + turn();
        while (closed || System.nanoTime() - due < 0) {
            LockSupport.parkNanos(closed ? CLOSED_PAUSE_NANOS : due - System.nanoTime());
        }
    }

    /// Takes a turn; nanoseconds until it comes.
    private long turn() {
        long now = System.nanoTime();
        long mine = next.getAndUpdate(due -> Math.max(due, now - BURST_NANOS) + intervalNanos);
        return Math.max(0, mine - now);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
