package io.fairlead.gateway.delivery;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.CallOrigin;
import io.fairlead.gateway.journal.Message;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// A message in memory, from its acceptance or its reading from the store until its end. Confined to its
/// loop.
final class Delivery implements CallOrigin {
    private final LoopDeliveries owner;
    private final Message message;
    private final RouteQueue route;

    /// The messages of its ordering key, itself included; null if it has none.
    private final @Nullable ArrayDeque<Delivery> order;

    /// Refusals since its last attempt.
    private int refusals;

    /// Of its lane, when its attempt began.
    private @Nullable Long token;

    private boolean running;
    private boolean queued;
    private boolean ended;

    Delivery(LoopDeliveries owner, Message message, RouteQueue route, @Nullable ArrayDeque<Delivery> order) {
        this.owner = owner;
        this.message = message;
        this.route = route;
        this.order = order;
    }

    Message message() {
        return message;
    }

    RouteQueue route() {
        return route;
    }

    @Nullable ArrayDeque<Delivery> order() {
        return order;
    }

    long bytes() {
        return (long) message.metadata().length + message.payload().length;
    }

    /// Whether its attempts coincided with a worker's end, so that it may be what ended it.
    boolean isSuspect() {
        return message.crashes() > 0;
    }

    @Nullable Long token() {
        return token;
    }

    void token(@Nullable Long ofLane) {
        token = ofLane;
    }

    boolean isRunning() {
        return running;
    }

    void running(boolean now) {
        running = now;
    }

    /// Whether it is in the queue of its route.
    boolean isQueued() {
        return queued;
    }

    void queued(boolean now) {
        queued = now;
    }

    boolean isEnded() {
        return ended;
    }

    void end() {
        ended = true;
    }

    int refused() {
        return refusals++;
    }

    void attempted() {
        refusals = 0;
    }

    @Override
    public void answered(Call call, ByteBuf buf, int at, boolean last) {
        // The parts of a stream say nothing: only its end is a commit.
        if (last) {
            owner.committed(this);
        }
    }

    @Override
    public void failed(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {
        owner.failed(this, call, status, certainlyNotRun, retryAfterMillis, message);
    }

    @Override
    public void pause() {
        owner.pause();
    }

    @Override
    public void resume() {
        owner.resume();
    }
}
