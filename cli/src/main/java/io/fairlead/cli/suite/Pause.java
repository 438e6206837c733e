package io.fairlead.cli.suite;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Between two questions to what has no event to wait for.
public final class Pause {
    private Pause() {}

    /// Waits so long.
    public static void millis(long millis) throws InterruptedException {
        // Nobody counts it down: a wait that ends by its time limit.
        new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }
}
