package io.fairlead.gateway.books;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.DeliveryStatus;
import io.fairlead.gateway.journal.Books;
import io.fairlead.gateway.journal.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// The books as they were a moment ago, read in the background, so that whoever looks at them never waits for
/// a slow disk. Thread-safe.
@Component
public final class LatestBooks {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(2);

    /// Reading takes at most one part in so many of a disk's time: counting a long queue may be slow.
    private static final int SHARE = 20;

    private static final Duration LOOPS_TIMEOUT = Duration.ofSeconds(2);
    private static final DeliveryStatus NOTHING = new DeliveryStatus(0, 0, 0, 0, 0, Map.of());

    /// What was seen.
    ///
    /// @param books one for each binding; of all gateways where they share a store
    /// @param delivery what of it was in memory
    /// @param trouble why the books could not be read, so that they are older ones; null if they could
    public record Seen(
            List<Books> books,
            DeliveryStatus delivery,
            @Nullable StoreException trouble) {
        /// Copies the list.
        public Seen {
            books = List.copyOf(books);
        }

        /// Messages that were accepted and are not accounted for; not 0 is an alarm.
        public long missing() {
            return books.stream().mapToLong(Books::missing).sum();
        }

        /// Whether each binding's books balance.
        public boolean isBalanced() {
            return books.stream().allMatch(each -> each.missing() == 0);
        }
    }

    private final Deliveries deliveries;
    private final AtomicBoolean reading = new AtomicBoolean();

    /// Not yet read, which is not the same as empty: whoever compares would take that for lost messages.
    private volatile Seen seen = new Seen(
            List.of(),
            NOTHING,
            new StoreException(
                    StoreException.Kind.UNAVAILABLE, "its books are not read yet, the gateway is starting", null));

    private volatile long nextNanos = System.nanoTime();

    /// @param deliveries whose journal's books they are
    public LatestBooks(Deliveries deliveries) {
        this.deliveries = deliveries;
    }

    /// What was seen last.
    public Seen seen() {
        return seen;
    }

    @Scheduled(fixedRateString = "PT1S")
    void refresh() {
        if (System.nanoTime() - nextNanos >= 0 && reading.compareAndSet(false, true)) {
            try {
                read();
            } finally {
                reading.set(false);
            }
        }
    }

    /// Reads them now.
    public Seen read() {
        long began = System.nanoTime();
        Seen now = look();
        seen = now;
        nextNanos = began + Math.max(INTERVAL_NANOS, (System.nanoTime() - began) * SHARE);
        return now;
    }

    private Seen look() {
        if (!deliveries.isRunning()) {
            return seen;
        }
        DeliveryStatus delivery = delivery();
        try {
            return new Seen(deliveries.journal().store().books(), delivery, null);
        } catch (StoreException e) {
            // Told by health and the admin, which look at it.
            return new Seen(seen.books(), delivery, e);
        }
    }

    private DeliveryStatus delivery() {
        try {
            return deliveries
                    .status()
                    .orTimeout(LOOPS_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
        } catch (CompletionException e) {
            // A loop is too busy to say, or has ended.
            return seen.delivery();
        }
    }
}
