package io.fairlead.gateway.listener;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Waits until all connections of a draining listener have ended by themselves. Thread-safe.
final class DrainGate {
    private volatile @Nullable CountDownLatch empty;

    boolean isDraining() {
        return empty != null;
    }

    /// Asks each connection to end and waits until none is left.
    ///
    /// @return false if some were left after the limit
    <C> boolean drain(Collection<C> connections, Consumer<C> goAway, Duration limit) throws InterruptedException {
        CountDownLatch latch = new CountDownLatch(1);
        empty = latch;
        connections.forEach(goAway);
        ended(connections);
        return latch.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// A connection has been taken out of `connections`.
    void ended(Collection<?> connections) {
        CountDownLatch latch = empty;
        if (latch != null && connections.isEmpty()) {
            latch.countDown();
        }
    }
}
