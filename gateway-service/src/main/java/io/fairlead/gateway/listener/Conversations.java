package io.fairlead.gateway.listener;

import io.fairlead.link.CloseReason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The open connections of one listener, and how they are brought to an end. Thread-safe.
final class Conversations<C extends ClientConversation> {
    private static final String DRAINING = "the gateway is shutting down";

    /// From the end of the window until those that were never idle are served no longer.
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Set<C> open = ConcurrentHashMap.newKeySet();

    /// Those whose end somebody waits for.
    private final Map<ClientConversation, CompletableFuture<Void>> awaited = new ConcurrentHashMap<>();

    /// Set when draining begins; counted down when none is left.
    private volatile @Nullable CountDownLatch empty;

    /// On the conversation's loop.
    void add(C conversation) {
        open.add(conversation);
        if (empty != null) {
            conversation.goAway(CloseReason.LOCAL_CLOSE, DRAINING);
        }
    }

    void remove(ClientConversation ended) {
        open.remove(ended);
        CompletableFuture<Void> future = awaited.remove(ended);
        if (future != null) {
            future.complete(null);
        }
        CountDownLatch latch = empty;
        if (latch != null && open.isEmpty()) {
            latch.countDown();
        }
    }

    int size() {
        return open.size();
    }

    long queuedBytes() {
        return open.stream().mapToLong(ClientConversation::queuedBytes).sum();
    }

    List<ConnectionStatus> status(String listener) {
        return open.stream().map(conversation -> conversation.status(listener)).toList();
    }

    /// Ends one connection, see [Listener#close(String, boolean)].
    Optional<CompletableFuture<Void>> close(String id, boolean now) {
        return open.stream()
                .filter(conversation -> conversation.id().equals(id))
                .findFirst()
                .map(conversation -> close(conversation, now));
    }

    private CompletableFuture<Void> close(C conversation, boolean now) {
        CompletableFuture<Void> future = awaited.computeIfAbsent(conversation, key -> new CompletableFuture<>());
        if (!open.contains(conversation)) {
            // Ended meanwhile, perhaps before it was awaited.
            awaited.remove(conversation);
            future.complete(null);
            return future;
        }
        conversation.loop().execute(() -> {
            conversation.goAway(CloseReason.ADMIN_CLOSE, "closed by an administrator");
            if (now) {
                conversation.close(CloseReason.ADMIN_CLOSE, "closed at once by an administrator");
            }
        });
        return future;
    }

    /// Asks each connection to end, at its moment of the plan, and waits until none is left.
    ///
    /// @return false if some were left after the plan's timeout
    boolean drain(DrainPlan plan) throws InterruptedException {
        CountDownLatch latch = new CountDownLatch(1);
        empty = latch;
        List<C> all = new ArrayList<>(open);
        Collections.shuffle(all, plan.random());
        long[] delays = plan.delaysNanos(all.size());
        for (int i = 0; i < delays.length; i++) {
            C conversation = all.get(i);
            conversation
                    .loop()
                    .schedule(
                            () -> conversation.goAway(CloseReason.LOCAL_CLOSE, DRAINING),
                            delays[i],
                            TimeUnit.NANOSECONDS);
        }
        if (open.isEmpty()) {
            latch.countDown();
        }
        long startNanos = System.nanoTime();
        long windowNanos = plan.windowFor(all.size()).toNanos();
        long graceNanos = Math.min(GRACE_NANOS, (plan.timeout().toNanos() - windowNanos) / 4);
        if (latch.await(windowNanos + graceNanos, TimeUnit.NANOSECONDS)) {
            return true;
        }
        open.forEach(conversation -> conversation.loop().execute(conversation::finish));
        long leftNanos = plan.timeout().toNanos() - (System.nanoTime() - startNanos);
        return latch.await(leftNanos, TimeUnit.NANOSECONDS);
    }
}
