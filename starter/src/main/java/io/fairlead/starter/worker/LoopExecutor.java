package io.fairlead.starter.worker;

import io.fairlead.wire.Route;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the calls of a method that does not block at once, on the event loop that read them, and says so when
/// one holds the loop up. Thread-safe.
final class LoopExecutor implements Executor {
    /// A tenth of the heartbeat interval: others on the loop have not noticed yet.
    static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Logger log = LoggerFactory.getLogger(LoopExecutor.class);

    private final Route route;
    private final LongSupplier nanos;
    private final AtomicLong nextWarningNanos;

    /// @param nanos monotonic time
    LoopExecutor(Route route, LongSupplier nanos) {
        this.route = route;
        this.nanos = nanos;
        this.nextWarningNanos = new AtomicLong(nanos.getAsLong());
    }

    @Override
    public void execute(Runnable task) {
        long start = nanos.getAsLong();
        task.run();
        long end = nanos.getAsLong();
        if (end - start >= SLOW_NANOS) {
            warn(end - start, end);
        }
    }

    private void warn(long took, long now) {
        long next = nextWarningNanos.get();
        if (now - next >= 0 && nextWarningNanos.compareAndSet(next, now + PAUSE_NANOS)) {
            log.warn(
                    "Handler of {} held an event loop up for {} ms (expected: some microseconds, since it has"
                            + " blocking = false): remove that, so that each call has a thread of its own",
                    route,
                    TimeUnit.NANOSECONDS.toMillis(took));
        }
    }
}
