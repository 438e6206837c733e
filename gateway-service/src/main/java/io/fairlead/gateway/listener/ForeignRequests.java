package io.fairlead.gateway.listener;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.RetryBudget;
import io.fairlead.gateway.delivery.Intake;
import io.fairlead.gateway.journal.Binding;
import io.fairlead.gateway.key.MessageKeys;
import io.fairlead.gateway.upstream.LoopUpstreams;
import io.fairlead.gateway.upstream.Method;
import io.fairlead.integration.netty.ReadBatch;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The way in of one foreign connection: its messages become calls, up to the window in parallel. What was
/// read beyond it waits in the backlog, which is never more than one read pass, because reading pauses while
/// there is one.
///
/// Confined to its loop, but for [#calls].
final class ForeignRequests {
    private final ForeignConversation conversation;
    private final ForeignListener listener;
    private final ForeignReplies replies;
    private final LoopUpstreams upstreams;
    private final Method method;
    private final RetryBudget budget;
    private final Priority priority;
    private final long timeoutNanos;
    private final byte[] addedMetadata;
    private final @Nullable MessageKeys keys;
    private final Binding binding;

    /// Null = messages are called.
    private final @Nullable Intake intake;

    private final ArrayDeque<ByteBuf> backlog = new ArrayDeque<>();

    private boolean reading;
    private boolean backlogged;
    private boolean callingFromBacklog;
    private boolean ended;

    /// Written on the loop, without a fence; read by screens.
    private final AtomicLong calls = new AtomicLong();

    ForeignRequests(
            ForeignConversation conversation,
            ForeignListener listener,
            ForeignReplies replies,
            LoopUpstreams upstreams) {
        this.conversation = conversation;
        this.listener = listener;
        this.replies = replies;
        this.upstreams = upstreams;
        this.method = upstreams.bind(listener.route());
        this.budget = upstreams.budgets().of(listener.name(), listener.route().service(), upstreams.nowNanos());
        this.priority = listener.properties().priority();
        this.timeoutNanos = listener.properties().timeout().toNanos();
        this.addedMetadata = listener.addedMetadata(conversation.remoteAddress());
        this.keys = listener.keys();
        this.binding = new Binding(listener.name(), listener.route());
        this.intake = listener.properties().isSend() ? listener.intake(upstreams.loop()) : null;
    }

    /// Messages so far.
    long calls() {
        return calls.get();
    }

    /// Whether messages were read that are no calls yet.
    boolean waiting() {
        return reading || !backlog.isEmpty();
    }

    void read(ReadBatch batch) {
        // A call may be refused at once: that is not the moment between two messages while the next is here already.
        reading = true;
        try {
            take(batch);
        } finally {
            reading = false;
        }
    }

    private void take(ReadBatch batch) {
        for (int i = 0; i < batch.size() && !ended; i++) {
            ByteBuf message = (ByteBuf) batch.get(i);
            if (!message.isReadable()) {
                continue;
            }
            if (!replies.windowFull() && backlog.isEmpty()) {
                call(message);
            } else {
                backlog.add(message.retain());
            }
        }
        if (!backlog.isEmpty() && !backlogged) {
            backlogged = true;
            conversation.pause();
        }
    }

    private void call(ByteBuf message) {
        if (keys == null) {
            Call call = begin(message, addedMetadata);
            if (intake == null) {
                upstreams.dispatch(call, method);
            } else {
                keep(intake, call, null, null);
            }
            return;
        }
        MessageKeys.Extracted extracted = keys.of(message);
        Call call = begin(message, extracted.metadata(addedMetadata));
        String refusal = keys.refusal(extracted);
        if (refusal != null) {
            refuse(call, Status.INVALID_ARGUMENT, refusal);
        } else if (intake == null) {
            upstreams.dispatch(call, method);
        } else {
            keep(intake, call, extracted.idempotencyKey(), extracted.orderingKey());
        }
    }

    /// Keeps a message instead of calling; one that could not be acknowledged is not kept.
    private void keep(Intake into, Call call, @Nullable String key, @Nullable String orderingKey) {
        call.asSend();
        if (!acknowledges(call)) {
            refuse(
                    call,
                    Status.FAILED_PRECONDITION,
                    "a message of this kind has no acknowledgement in the dialect "
                            + listener.dialect().name() + ": it is not kept");
            return;
        }
        into.take(
                call,
                method,
                binding,
                new Intake.Content(key, orderingKey, 0, 0, call.addedMetadata(), ByteBufUtil.getBytes(call.body())));
    }

    private boolean acknowledges(Call call) {
        try {
            return listener.dialect().acknowledges(call.body());
        } catch (RuntimeException e) {
            // A dialect of the user's own: the connection ends, and nobody else gives the body back.
            call.release();
            throw e;
        }
    }

    private void refuse(Call call, Status status, String why) {
        try {
            replies.failed(call, status, true, 0, why);
        } finally {
            call.release();
        }
    }

    private Call begin(ByteBuf message, byte[] metadata) {
        calls.lazySet(calls.get() + 1);
        long number = replies.begin();
        long now = upstreams.nowNanos();
        return new Call(
                replies,
                number,
                listener.route(),
                metadata,
                message,
                message.readerIndex(),
                message.readableBytes(),
                0,
                priority,
                budget,
                now,
                now + (intake == null ? Math.min(timeoutNanos, method.timeoutNanos()) : timeoutNanos));
    }

    /// A call has ended: there may be room for one that waits.
    void progressed() {
        if (callingFromBacklog) {
            // A call that was refused at once has come back here: the loop below goes on with the next.
            return;
        }
        callingFromBacklog = true;
        try {
            while (!replies.windowFull() && !ended) {
                ByteBuf message = backlog.poll();
                if (message == null) {
                    break;
                }
                try {
                    call(message);
                } finally {
                    message.release();
                }
            }
        } finally {
            callingFromBacklog = false;
        }
        if (backlogged && backlog.isEmpty()) {
            backlogged = false;
            conversation.resume();
        }
    }

    /// The connection has ended: what waits is dropped.
    void end() {
        ended = true;
        backlog.forEach(ByteBuf::release);
        backlog.clear();
    }
}
