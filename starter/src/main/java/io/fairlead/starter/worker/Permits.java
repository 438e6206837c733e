package io.fairlead.starter.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// How many handlers may run at a time, and do. Thread-safe.
///
/// Counts handlers, not calls in flight on links: a handler whose caller has gone still works.
final class Permits {
    private final int limit;
    private final AtomicInteger taken = new AtomicInteger();
    private volatile @Nullable CountDownLatch idle;

    Permits(int limit) {
        this.limit = limit;
    }

    boolean tryAcquire() {
        if (taken.incrementAndGet() > limit) {
            release();
            return false;
        }
        return true;
    }

    void release() {
        if (taken.decrementAndGet() == 0) {
            CountDownLatch waiting = idle;
            if (waiting != null) {
                waiting.countDown();
            }
        }
    }

    int free() {
        return Math.max(0, limit - taken.get());
    }

    int taken() {
        return taken.get();
    }

    int limit() {
        return limit;
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
