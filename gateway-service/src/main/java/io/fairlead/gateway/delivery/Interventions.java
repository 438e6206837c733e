package io.fairlead.gateway.delivery;

import io.fairlead.gateway.journal.Acceptance;
import io.fairlead.gateway.journal.Changes;
import io.fairlead.gateway.journal.Journal;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageState;
import io.fairlead.gateway.journal.MessageView;
import io.fairlead.wire.Status;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/// What people do to single messages: have them delivered again, or end them. Thread-safe.
public final class Interventions {
    private final Deliveries deliveries;
    private final Journal journal;
    private final long maxAgeMillis;

    /// Those who wait for an end to be on disk, by the message's id.
    private final Map<Long, CompletableFuture<Void>> ends = new ConcurrentHashMap<>();

    Interventions(Deliveries deliveries, Journal journal, DeliveryProperties properties) {
        this.deliveries = deliveries;
        this.journal = journal;
        this.maxAgeMillis = properties.maxAge().toMillis();
    }

    /// Accepts a message anew that has been set aside. The new one names its origin, which stays what it is.
    ///
    /// @param view with its payload
    /// @return the new one, when it is on disk; fails with [NotPossibleException]
    public CompletableFuture<Message> replay(MessageView view) {
        Message old = view.message();
        if (!view.state().isSetAside()) {
            return NotPossibleException.future("message " + old.id() + ": " + view.state()
                    + " (expected: dead, quarantined, expired or damaged): only such are replayed");
        }
        if (!view.intact()) {
            return NotPossibleException.future("message " + old.id()
                    + ": is damaged, and must not be delivered; have it sent again by its client");
        }
        long now = deliveries.nowMillis();
        Message again = new Message(
                old.binding(),
                old.lane(),
                old.key(),
                old.orderingKey(),
                old.priority(),
                now,
                0,
                now + maxAgeMillis,
                old.replayOf() == 0 ? old.id() : old.replayOf(),
                old.metadata(),
                old.payload());
        CompletableFuture<Message> onDisk = new CompletableFuture<>();
        String full = journal.accept(
                again, new Replay(deliveries.loopOfLane(old.lane()).loop(), onDisk));
        if (full != null) {
            onDisk.completeExceptionally(new NotPossibleException(full));
        }
        return onDisk;
    }

    /// Ends a message that is in flight or has been set aside.
    ///
    /// @param by whose wish it is
    /// @return done when it is on disk, which is once the store works; fails with [NotPossibleException]
    public CompletableFuture<Void> drop(MessageView view, String by) {
        Message message = view.message();
        long id = message.id();
        if (!view.state().isInFlight() && !view.state().isSetAside()) {
            return NotPossibleException.future(
                    "message " + id + ": " + view.state() + " (expected: in flight, or set aside): it has ended");
        }
        Changes.End end = new Changes.End(
                id, message.binding(), view.state(), MessageState.DROPPED, deliveries.nowMillis(), "dropped by " + by);
        if (!view.state().isInFlight()) {
            return end(end);
        }
        if (!deliveries.lanes().containsKey(message.lane())) {
            return NotPossibleException.future(
                    "message " + id + ": is in lane " + message.lane()
                            + ", which another gateway delivers (GET /admin/books shows how many lanes one has): drop it there");
        }
        LoopDeliveries loop = deliveries.loopOfLane(message.lane());
        return CompletableFuture.supplyAsync(() -> loop.release(id), loop.loop())
                .thenCompose(released -> released
                        ? end(end)
                        : NotPossibleException.future(
                                "message " + id + ": is being delivered right now; try again when that has ended"));
    }

    private CompletableFuture<Void> end(Changes.End end) {
        CompletableFuture<Void> onDisk = ends.computeIfAbsent(end.id(), id -> new CompletableFuture<>());
        journal.end(end);
        return onDisk;
    }

    /// These are on disk.
    void ended(List<Changes.End> ended) {
        if (ends.isEmpty()) {
            return;
        }
        for (Changes.End end : ended) {
            CompletableFuture<Void> waiting = ends.remove(end.id());
            if (waiting != null) {
                // A read that was under way may have brought it to a loop meanwhile.
                deliveries.dropped(end.id());
                waiting.complete(null);
            }
        }
    }

    private record Replay(EventLoop loop, CompletableFuture<Message> onDisk) implements Acceptance {
        @Override
        public void accepted(Message message) {
            onDisk.complete(message);
        }

        @Override
        public void refused(Status status, boolean certainlyNotKept, String why) {
            onDisk.completeExceptionally(
                    new NotPossibleException(why + (certainlyNotKept ? "" : " (it may be kept all the same)")));
        }
    }
}
