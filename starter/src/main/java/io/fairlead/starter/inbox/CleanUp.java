package io.fairlead.starter.inbox;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes keys whose retention is over, in small transactions, on a virtual thread of its own.
final class CleanUp {
    private static final Logger log = LoggerFactory.getLogger(CleanUp.class);

    /// Keeps a transaction short, so that handlers do not wait for it.
    private static final int MOST = 500;

    private final Transactions transactions;
    private final KeyStore keys;
    private final Duration retention;
    private final Duration interval;
    private final InstantSource clock;
    private final Consumer<Throwable> errors;
    private final CountDownLatch closed = new CountDownLatch(1);

    /// @param errors is told of each failure, null of each success
    CleanUp(
            Transactions transactions,
            KeyStore keys,
            Duration retention,
            Duration interval,
            InstantSource clock,
            Consumer<Throwable> errors) {
        this.transactions = transactions;
        this.keys = keys;
        this.retention = retention;
        this.interval = interval;
        this.clock = clock;
        this.errors = errors;
    }

    void start() {
        Thread.ofVirtual().name("fairlead inbox clean-up").start(this::loop);
    }

    private void loop() {
        try {
            while (!closed.await(jittered(), TimeUnit.MILLISECONDS)) {
                clean();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Several instances do not come at a time.
    private long jittered() {
        long millis = interval.toMillis();
        return ThreadLocalRandom.current().nextLong(millis / 2, millis + millis / 2);
    }

    /// Deletes all that is due.
    void clean() {
        try {
            int deleted = MOST;
            while (deleted >= MOST && closed.getCount() > 0) {
                deleted = transactions.run(
                        connection -> keys.deleteOlder(connection, clock.millis() - retention.toMillis(), MOST));
            }
        } catch (Throwable e) {
            // The next turn may succeed.
            errors.accept(e);
            log.warn("Keys whose retention is over could not be deleted", e);
        }
    }

    void close() {
        closed.countDown();
    }
}
