package io.fairlead.starter.worker;

import io.fairlead.wire.Priority;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// How many handlers may run at a time, and do. Thread-safe.
///
/// The last places are kept for what matters most: calls of low priority may take 80 % of the limit, normal
/// ones 95 %, high ones all of it. What is kept is rounded down, so that of fewer than 5 places none is.
///
/// Counts handlers, not calls in flight on links: a handler whose caller has gone still works.
final class Permits {
    /// One in so many places is kept from normal calls.
    private static final int KEPT_FROM_NORMAL = 20;

    private static final int KEPT_FROM_LOW = 5;

    private final ConcurrencyLimit limit;
    private final AtomicInteger taken = new AtomicInteger();
    private final LongAdder[] refused = new LongAdder[Priority.values().length];
    private volatile @Nullable CountDownLatch idle;

    Permits(ConcurrencyLimit limit) {
        this.limit = limit;
        for (int i = 0; i < refused.length; i++) {
            refused[i] = new LongAdder();
        }
    }

    /// Takes a place.
    ///
    /// @return handlers that run, this one included; 0 if there is no place for this priority
    int tryAcquire(Priority priority) {
        int now = taken.incrementAndGet();
        if (now > limit(priority)) {
            release();
            refused[priority.code()].increment();
            return 0;
        }
        return now;
    }

    void release() {
        if (taken.decrementAndGet() == 0) {
            CountDownLatch waiting = idle;
            if (waiting != null) {
                waiting.countDown();
            }
        }
    }

    /// A handler ended: what the limit learns from.
    void ended(long startNanos, long nanos, int inFlight, boolean dropped) {
        limit.ended(startNanos, nanos, inFlight, dropped);
    }

    /// Places left for normal calls.
    int free() {
        return Math.max(0, limit(Priority.NORMAL) - taken.get());
    }

    int taken() {
        return taken.get();
    }

    /// Places in all.
    int limit() {
        return limit.limit();
    }

    /// Places that calls of this priority may take.
    int limit(Priority priority) {
        int all = limit.limit();
        return switch (priority) {
            case LOW -> all - all / KEPT_FROM_LOW;
            case NORMAL -> all - all / KEPT_FROM_NORMAL;
            case HIGH -> all;
        };
    }

    /// Calls that found no place.
    long refused(Priority priority) {
        return refused[priority.code()].sum();
    }

    /// Waits until no handler runs. One thread at a time may wait.
    ///
    /// @return false if some still run after the limit
    boolean awaitIdle(Duration limit) throws InterruptedException {
        CountDownLatch waiting = new CountDownLatch(1);
        idle = waiting;
        return taken.get() == 0 || waiting.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }
}
