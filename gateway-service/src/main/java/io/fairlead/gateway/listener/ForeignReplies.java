package io.fairlead.gateway.listener;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.delivery.SendOrigin;
import io.fairlead.gateway.dialect.Acknowledgement;
import io.fairlead.gateway.dialect.Refusal;
import io.fairlead.gateway.framing.FramingException;
import io.fairlead.gateway.upstream.LoopUpstreams;
import io.fairlead.integration.netty.NettyTcpConnection;
import io.fairlead.link.CloseReason;
import io.fairlead.link.PassWriter;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way back of one foreign connection: what its calls came to, framed, in the order of their requests
/// where the listener wants that. Confined to its loop, but for [#keptBytes].
final class ForeignReplies implements SendOrigin {
    private static final Logger log = LoggerFactory.getLogger(ForeignReplies.class);

    /// Parts of streamed replies that may wait for earlier calls; whole replies are bounded by the window.
    private static final int MAX_KEPT_BYTES = 16 * 1024 * 1024;

    private final ForeignConversation conversation;
    private final ForeignListener listener;
    private final NettyTcpConnection connection;
    private final PassWriter writer;
    private final LoopUpstreams upstreams;
    private final ListenerMeter meter;
    private final ListenerMeter.RouteMeter routeMeter;
    private final boolean inOrder;
    private final int window;
    private final ReplyWindow replies;

    private int inFlight;
    private boolean ended;

    /// Set when a reply's place is taken by the end of the connection: what comes before it still leaves.
    private @Nullable String cannotRefuse;

    private long cannotRefuseAt;

    ForeignReplies(
            ForeignConversation conversation,
            ForeignListener listener,
            NettyTcpConnection connection,
            PassWriter writer,
            LoopUpstreams upstreams,
            ListenerMeter meter) {
        this.conversation = conversation;
        this.listener = listener;
        this.connection = connection;
        this.writer = writer;
        this.upstreams = upstreams;
        this.meter = meter;
        this.routeMeter = meter.route(listener.route());
        this.inOrder = listener.properties().replies() == ListenerProperties.ReplyOrder.IN_ORDER;
        this.window = listener.properties().windowOrDefault();
        this.replies = new ReplyWindow(inOrder ? window : 1);
    }

    /// A call begins.
    ///
    /// @return its number on this connection
    long begin() {
        inFlight++;
        meter.began();
        return inOrder ? replies.begin() : 0;
    }

    /// Calls that are not answered.
    int inFlight() {
        return inFlight;
    }

    /// A reply that waits for an earlier one counts, too: else one slow call would let any number of others
    /// pile up.
    boolean windowFull() {
        return (inOrder ? replies.inFlight() : inFlight) >= window;
    }

    /// Bytes of replies that wait for earlier ones.
    long keptBytes() {
        return replies.keptBytes();
    }

    /// The connection has ended: later answers go nowhere.
    void end() {
        ended = true;
        replies.clear();
    }

    @Override
    public void answered(Call call, ByteBuf buf, int at, boolean last) {
        if (ended) {
            if (last) {
                routeMeter.ended(Status.CANCELLED, upstreams.nowNanos() - call.startNanos());
            }
            return;
        }
        try {
            tell(call, buf.slice(Frames.payloadIndex(buf, at), Frames.payloadLength(buf, at)), last);
        } catch (RuntimeException e) {
            if (last) {
                routeMeter.ended(Status.INTERNAL, upstreams.nowNanos() - call.startNanos());
            }
            broken(call, e);
        }
    }

    private void tell(Call call, ByteBuf payload, boolean last) {
        if (!inOrder && !listener.isReply(call.body(), payload)) {
            unfit(call, Status.INTERNAL, "the reply carries another message's key", last);
            return;
        }
        if (!last && replies.keptBytes() + payload.readableBytes() > MAX_KEPT_BYTES && !isTurn(call)) {
            unfit(
                    call,
                    Status.RESOURCE_EXHAUSTED,
                    "parts of a reply that wait for that of an earlier message: more than " + MAX_KEPT_BYTES + " bytes",
                    false);
            return;
        }
        try {
            reply(call, payload, last);
        } catch (FramingException e) {
            // A worker answered with bytes that this framing does not carry.
            unfit(call, Status.INTERNAL, "reply of " + call.route() + ": " + e.getMessage(), last);
            return;
        }
        if (last) {
            routeMeter.ended(Status.OK, upstreams.nowNanos() - call.startNanos());
        }
    }

    /// The call ends here with a refusal, whatever its worker still answers.
    private void unfit(Call call, Status status, String why, boolean last) {
        failed(call, status, false, 0, why);
        if (!last) {
            upstreams.cancel(call);
        }
    }

    @Override
    public void failed(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {
        routeMeter.ended(status, upstreams.nowNanos() - call.startNanos());
        if (ended) {
            return;
        }
        Refusal refusal = new Refusal(
                kind(status, certainlyNotRun),
                status.name(),
                message,
                call.route().service());
        try {
            refuse(call, refusal);
        } catch (RuntimeException e) {
            broken(call, e);
        }
    }

    @Override
    public void acknowledged(Call call, String messageId) {
        routeMeter.ended(Status.OK, upstreams.nowNanos() - call.startNanos());
        if (ended) {
            return;
        }
        try {
            answer(
                    call,
                    listener.dialect()
                            .acknowledge(
                                    call.body(), messageId, connection.channel().alloc()),
                    "kept as " + messageId + ", which cannot be said in the dialect "
                            + listener.dialect().name());
        } catch (RuntimeException e) {
            broken(call, e);
        }
    }

    private void refuse(Call call, Refusal refusal) {
        ByteBufAllocator allocator = connection.channel().alloc();
        answer(
                call,
                call.isSend()
                        ? listener.dialect().refuseMessage(call.body(), refusal, allocator)
                        : Acknowledgement.of(listener.dialect().refuse(call.body(), refusal, allocator)),
                refusal.code() + ": " + refusal.reason());
    }

    /// @param why what the client cannot be told if there is no answer
    private void answer(Call call, Acknowledgement answer, String why) {
        switch (answer) {
            case Acknowledgement.Silent.NOT_WANTED -> replied(call);
            case Acknowledgement.Silent.IMPOSSIBLE -> cannotRefuse(call, why);
            case Acknowledgement.Answer(ByteBuf reply) -> {
                try {
                    reply(call, reply, true);
                } catch (FramingException e) {
                    cannotRefuse(call, why + "; and the answer could not be framed: " + e.getMessage());
                } finally {
                    reply.release();
                }
            }
        }
    }

    /// A user's own dialect or framing has failed: that ends this connection, and neither the worker's link,
    /// on which the loop is at this moment, nor what it has to do for others.
    private void broken(Call call, RuntimeException e) {
        log.error("Listener {}: what a call of {} came to could not be told", listener.name(), call.route(), e);
        conversation.close(CloseReason.INTERNAL_ERROR, String.valueOf(e));
    }

    private static Refusal.Kind kind(Status status, boolean certainlyNotRun) {
        if (certainlyNotRun) {
            return Refusal.Kind.NOT_ACCEPTED;
        }
        return switch (status) {
            case DEADLINE_EXCEEDED -> Refusal.Kind.TIMED_OUT;
            case UNKNOWN -> Refusal.Kind.UNKNOWN;
            default -> Refusal.Kind.FAILED;
        };
    }

    private boolean isTurn(Call call) {
        return !inOrder || replies.isTurn(call.originId());
    }

    /// @throws FramingException if the framing cannot carry the payload; nothing was written
    private void reply(Call call, ByteBuf payload, boolean last) {
        int bytes = payload.readableBytes() + listener.framing().overheadBytes();
        if (isTurn(call)) {
            listener.framing().encode(payload, writer.out(bytes));
        } else {
            ByteBuf framed = connection.channel().alloc().directBuffer(bytes);
            try {
                listener.framing().encode(payload, framed);
            } catch (FramingException e) {
                framed.release();
                throw e;
            }
            replies.keep(call.originId(), framed);
        }
        if (last) {
            replied(call);
        }
        conversation.written();
    }

    private void replied(Call call) {
        inFlight--;
        if (inOrder) {
            replies.end(call.originId());
            for (ByteBuf framed = replies.poll(); framed != null; framed = replies.poll()) {
                int bytes = framed.readableBytes();
                writer.out(bytes).writeBytes(framed);
                framed.release();
            }
        }
        progressed();
    }

    /// The client must not take the next reply for this one: its connection ends when its turn has come.
    private void cannotRefuse(Call call, String why) {
        inFlight--;
        if (!inOrder) {
            conversation.close(CloseReason.CANNOT_REFUSE, why);
            return;
        }
        if (cannotRefuse == null || call.originId() < cannotRefuseAt) {
            cannotRefuse = why;
            cannotRefuseAt = call.originId();
        }
        progressed();
    }

    private void progressed() {
        String why = cannotRefuse;
        if (why != null && replies.isTurn(cannotRefuseAt)) {
            conversation.close(CloseReason.CANNOT_REFUSE, why);
        } else {
            conversation.progressed();
        }
    }

    @Override
    public void pause() {
        conversation.pause();
    }

    @Override
    public void resume() {
        conversation.resume();
    }
}
