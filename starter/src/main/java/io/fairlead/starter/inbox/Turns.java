package io.fairlead.starter.inbox;

import io.fairlead.starter.FairleadException;
import io.fairlead.wire.Status;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Lets one request of a key work at a time in this process; the others wait without a connection, for its
/// outcome or for their deadline. Thread-safe. As many keys as requests are in progress.
final class Turns {
    /// For requests without a deadline.
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long MIN_BACK_OFF_MILLIS = 10;
    private static final long MAX_BACK_OFF_MILLIS = 200;

    private final ConcurrentHashMap<InboxKey, CompletableFuture<Optional<KeyRow>>> inProgress =
            new ConcurrentHashMap<>();

    private final InboxCounters counters;
    private final CountDownLatch closed = new CountDownLatch(1);

    Turns(InboxCounters counters) {
        this.counters = counters;
    }

    /// Work of one request while it is its key's turn.
    @FunctionalInterface
    interface Turn {
        /// @return null if the key is in progress in another process
        @Nullable StoredReply tryOnce() throws Throwable;
    }

    /// Whether a request of this key works now.
    boolean isTaken(InboxKey key) {
        return inProgress.containsKey(key);
    }

    /// Takes a turn if nobody has it; to be given back by [#give].
    boolean tryTake(InboxKey key) {
        return inProgress.putIfAbsent(key, new CompletableFuture<>()) == null;
    }

    /// Ends a turn.
    ///
    /// @param kept what those who wait find; null = let them try themselves
    void give(InboxKey key, @Nullable KeyRow kept) {
        CompletableFuture<Optional<KeyRow>> waiting = inProgress.remove(key);
        if (waiting != null) {
            waiting.complete(Optional.ofNullable(kept));
        }
    }

    /// Waits for the key's turn, then works, again after a while as long as the key is in progress elsewhere.
    ///
    /// @throws FairleadException DEADLINE_EXCEEDED for a call, ABORTED for a delivery, if the wait took too
    ///     long
    StoredReply in(KeyedRequest request, Turn turn) throws Throwable {
        long endNanos = System.nanoTime() + request.nanosLeft(MAX_WAIT_NANOS);
        while (true) {
            CompletableFuture<Optional<KeyRow>> mine = new CompletableFuture<>();
            CompletableFuture<Optional<KeyRow>> other = inProgress.putIfAbsent(request.key(), mine);
            if (other == null) {
                return own(request, turn, endNanos);
            }
            KeyRow kept = await(request, other, endNanos);
            if (kept != null && kept.reply() != null) {
                return duplicate(request, kept, kept.reply());
            }
        }
    }

    private StoredReply own(KeyedRequest request, Turn turn, long endNanos) throws Throwable {
        StoredReply reply = null;
        try {
            long backOffMillis = MIN_BACK_OFF_MILLIS;
            while (reply == null) {
                reply = turn.tryOnce();
                if (reply == null) {
                    backOff(request, endNanos, backOffMillis);
                    backOffMillis = Math.min(MAX_BACK_OFF_MILLIS, 2 * backOffMillis);
                }
            }
            return reply;
        } finally {
            give(request.key(), reply == null ? null : KeyRow.done(request, reply));
        }
    }

    StoredReply duplicate(KeyedRequest request, KeyRow kept, StoredReply reply) {
        if (!kept.matches(request)) {
            counters.add(InboxCounters.Result.MISMATCH);
            throw kept.mismatch(request);
        }
        counters.add(InboxCounters.Result.DUPLICATE);
        return reply;
    }

    private @Nullable KeyRow await(KeyedRequest request, CompletableFuture<Optional<KeyRow>> other, long endNanos)
            throws InterruptedException {
        try {
            return other.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS)
                    .orElse(null);
        } catch (TimeoutException e) {
            throw stillInProgress(request);
        } catch (ExecutionException e) {
            throw new IllegalStateException("turns do not fail", e);
        }
    }

    /// With jitter, so that those who wait for one key do not meet again.
    private void backOff(KeyedRequest request, long endNanos, long millis) throws InterruptedException {
        long leftNanos = endNanos - System.nanoTime();
        if (leftNanos <= 0) {
            throw stillInProgress(request);
        }
        long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
        long jittered = ThreadLocalRandom.current().nextLong(nanos / 2, nanos);
        if (closed.await(Math.min(leftNanos, jittered), TimeUnit.NANOSECONDS)) {
            throw new NotRunException("the worker shuts down", null);
        }
    }

    private FairleadException stillInProgress(KeyedRequest request) {
        counters.add(InboxCounters.Result.IN_PROGRESS);
        return new FairleadException(
                request.delivery() ? Status.ABORTED : Status.DEADLINE_EXCEEDED,
                "idempotency-key: another request with the key is still in progress");
    }

    /// Ends all waits.
    void close() {
        closed.countDown();
    }
}
