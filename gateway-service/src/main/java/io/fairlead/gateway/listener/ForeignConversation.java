package io.fairlead.gateway.listener;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.CallOrigin;
import io.fairlead.gateway.dialect.Refusal;
import io.fairlead.gateway.framing.FrameDecoder;
import io.fairlead.gateway.framing.FramingException;
import io.fairlead.gateway.upstream.LoopUpstreams;
import io.fairlead.gateway.upstream.Method;
import io.fairlead.integration.netty.NettyTcpConnection;
import io.fairlead.integration.netty.ReadBatch;
import io.fairlead.integration.netty.SlowReaderException;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Conversation;
import io.fairlead.link.PassWriter;
import io.fairlead.link.TcpEndpoint;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One foreign client. Its messages become calls, up to the window in parallel; messages that were read beyond
/// it wait in the backlog, which is never more than one read pass, because reading pauses while there is one.
///
/// Confined to its loop, but for [#status] and [#queuedBytes].
final class ForeignConversation implements Conversation, CallOrigin {
    private static final Logger log = LoggerFactory.getLogger(ForeignConversation.class);

    private final ForeignListener listener;
    private final NettyTcpConnection connection;
    private final PassWriter writer;
    private final FrameDecoder decoder;
    private final LoopUpstreams upstreams;
    private final ListenerMeter meter;
    private final ListenerMeter.RouteMeter routeMeter;
    private final Method method;
    private final boolean inOrder;
    private final int window;
    private final ReplyWindow replies;
    private final ArrayDeque<ByteBuf> backlog = new ArrayDeque<>();
    private final ReadLimits limits;
    private final ScheduledFuture<?> ticks;
    private final Instant since = Instant.now();

    private int inFlight;
    private int pauses;
    private boolean backlogged;
    private boolean callingFromBacklog;
    private boolean unwritable;
    private boolean goingAway;
    private boolean inputEnded;
    private boolean closed;

    /// Set when a reply's place is taken by the end of the connection: what comes before it still leaves.
    private @Nullable String cannotRefuse;

    private long cannotRefuseAt;

    /// Written on the loop, without a fence; read by screens.
    private final AtomicLong calls = new AtomicLong();

    ForeignConversation(
            ForeignListener listener,
            TcpEndpoint.Opened opened,
            FrameDecoder decoder,
            LoopUpstreams upstreams,
            ListenerMeter meter) {
        ListenerProperties properties = listener.properties();
        this.listener = listener;
        this.connection = opened.connection();
        this.writer = opened.writer();
        this.decoder = decoder;
        this.upstreams = upstreams;
        this.meter = meter;
        this.routeMeter = meter.route(listener.route());
        this.method = upstreams.bind(listener.route());
        this.inOrder = properties.replies() == ListenerProperties.ReplyOrder.IN_ORDER;
        this.window = properties.windowOrDefault();
        this.replies = new ReplyWindow(inOrder ? window : 1);
        this.limits = new ReadLimits(properties, System.nanoTime());
        long tickNanos = limits.tickNanos();
        this.ticks =
                connection.eventLoop().scheduleWithFixedDelay(this::tick, tickNanos, tickNanos, TimeUnit.NANOSECONDS);
    }

    // Requests.

    @Override
    public void read(ReadBatch batch) {
        limits.messagesRead();
        try {
            for (int i = 0; i < batch.size() && !closed; i++) {
                ByteBuf message = (ByteBuf) batch.get(i);
                if (!message.isReadable()) {
                    continue;
                }
                if (!windowFull() && backlog.isEmpty()) {
                    call(message);
                } else {
                    backlog.add(message.retain());
                }
            }
            if (!backlog.isEmpty() && !backlogged) {
                backlogged = true;
                pause();
            }
        } catch (RuntimeException e) {
            log.error("Listener {}: a message from {} could not be handled", listener.name(), remoteAddress(), e);
            close(CloseReason.INTERNAL_ERROR, String.valueOf(e));
        }
    }

    @Override
    public void readComplete() {
        limits.read(upstreams.nowNanos(), decoder.midFrame());
    }

    private void call(ByteBuf message) {
        calls.lazySet(calls.get() + 1);
        inFlight++;
        meter.began();
        long now = upstreams.nowNanos();
        Call call = new Call(
                this,
                inOrder ? replies.begin() : 0,
                listener.route(),
                listener.addedMetadata(),
                message,
                message.readerIndex(),
                message.readableBytes(),
                0,
                0,
                now,
                now + listener.properties().timeout().toNanos());
        upstreams.dispatch(call, method);
    }

    /// A reply that waits for an earlier one counts, too: else one slow call would let any number of others pile
    /// up.
    private boolean windowFull() {
        return (inOrder ? replies.inFlight() : inFlight) >= window;
    }

    private void callFromBacklog() {
        if (callingFromBacklog) {
            // A call that was refused at once has come back here: the loop below goes on with the next.
            return;
        }
        callingFromBacklog = true;
        try {
            while (!windowFull() && !closed) {
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
            resume();
        }
    }

    // Replies.

    @Override
    public void answered(Call call, ByteBuf buf, int at, boolean last) {
        ByteBuf payload = buf.slice(Frames.payloadIndex(buf, at), Frames.payloadLength(buf, at));
        if (closed) {
            routeMeter.ended(Status.CANCELLED, upstreams.nowNanos() - call.startNanos());
            return;
        }
        if (!inOrder && !isReplyTo(call, payload)) {
            failed(call, Status.INTERNAL, false, 0, "the reply carries another message's key");
            return;
        }
        try {
            reply(call, payload, last);
        } catch (FramingException e) {
            // A worker answered with bytes that this framing does not carry.
            if (last) {
                failed(call, Status.INTERNAL, false, 0, "reply of " + call.route() + ": " + e.getMessage());
            } else {
                cannotRefuse(call, "reply of " + call.route() + ": " + e.getMessage());
            }
            return;
        }
        if (last) {
            routeMeter.ended(Status.OK, upstreams.nowNanos() - call.startNanos());
        }
    }

    private boolean isReplyTo(Call call, ByteBuf payload) {
        String key = listener.dialect().requestKey(call.body());
        return key == null || key.equals(listener.dialect().replyKey(payload));
    }

    @Override
    public void failed(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {
        routeMeter.ended(status, upstreams.nowNanos() - call.startNanos());
        if (closed) {
            return;
        }
        Refusal refusal = new Refusal(
                kind(status, certainlyNotRun),
                status.name(),
                message,
                call.route().service());
        ByteBuf reply = listener.dialect()
                .refuse(call.body(), refusal, connection.channel().alloc());
        if (reply == null) {
            cannotRefuse(call, status + ": " + message);
            return;
        }
        try {
            reply(call, reply, true);
        } catch (FramingException e) {
            cannotRefuse(call, status + ": " + message + "; and the refusal could not be framed: " + e.getMessage());
        } finally {
            reply.release();
        }
    }

    private static Refusal.Kind kind(Status status, boolean certainlyNotRun) {
        return switch (status) {
            case DEADLINE_EXCEEDED -> Refusal.Kind.TIMED_OUT;
            case UNKNOWN -> Refusal.Kind.UNKNOWN;
            default -> certainlyNotRun ? Refusal.Kind.NOT_ACCEPTED : Refusal.Kind.FAILED;
        };
    }

    /// @throws FramingException if the framing cannot carry the payload; nothing was written
    private void reply(Call call, ByteBuf payload, boolean last) {
        int bytes = payload.readableBytes() + listener.framing().overheadBytes();
        if (!inOrder || replies.isTurn(call.originId())) {
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
        written();
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
            close(CloseReason.CANNOT_REFUSE, why);
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
            close(CloseReason.CANNOT_REFUSE, why);
            return;
        }
        callFromBacklog();
        endIfDone();
    }

    private void written() {
        if (!unwritable && !connection.isWritable()) {
            unwritable = true;
            limits.unwritable(System.nanoTime());
            pause();
        }
    }

    @Override
    public void writabilityChanged() {
        if (unwritable && connection.isWritable()) {
            unwritable = false;
            limits.writable();
            resume();
        }
    }

    // Life.

    @Override
    public void pause() {
        if (pauses++ == 0) {
            connection.pauseReading();
        }
    }

    @Override
    public void resume() {
        if (--pauses == 0 && !closed) {
            limits.resumed(System.nanoTime());
            connection.resumeReading();
        }
    }

    private void tick() {
        ReadLimits.Exceeded exceeded = limits.check(System.nanoTime(), pauses > 0, inFlight > 0 || !backlog.isEmpty());
        if (exceeded != null) {
            close(exceeded.reason(), exceeded.detail());
        }
    }

    @Override
    public void inputEnded() {
        inputEnded = true;
        endIfDone();
    }

    /// Ends the connection as soon as nothing is in flight and no message is half read.
    void goAway() {
        goingAway = true;
        endIfDone();
    }

    private void endIfDone() {
        if (inFlight > 0 || !backlog.isEmpty()) {
            return;
        }
        if (inputEnded) {
            boolean half = decoder.midFrame();
            close(
                    half ? CloseReason.MALFORMED_MESSAGE : CloseReason.PEER_CLOSED,
                    half ? "the input ended inside a message" : "");
        } else if (goingAway && !decoder.midFrame()) {
            close(CloseReason.LOCAL_CLOSE, "the gateway is shutting down");
        }
    }

    @Override
    public void failed(Throwable cause) {
        Throwable root = cause instanceof FramingException || cause.getCause() == null ? cause : cause.getCause();
        if (root instanceof FramingException framing) {
            close(
                    framing.reason() == FramingException.Reason.TOO_LONG
                            ? CloseReason.MESSAGE_TOO_LONG
                            : CloseReason.MALFORMED_MESSAGE,
                    String.valueOf(framing.getMessage()));
        } else if (root instanceof SlowReaderException) {
            close(CloseReason.SLOW_READER, String.valueOf(root.getMessage()));
        } else {
            close(CloseReason.IO_ERROR, String.valueOf(root));
        }
    }

    @Override
    public void closed(@Nullable Throwable cause) {
        end(
                cause == null ? CloseReason.PEER_CLOSED : CloseReason.IO_ERROR,
                cause == null ? "" : String.valueOf(cause.getMessage()));
    }

    private void close(CloseReason reason, String detail) {
        if (!closed) {
            writer.flush();
            end(reason, detail);
        }
    }

    /// Calls in flight run on: the client may have gone, but what it asked for was accepted. Their answers go
    /// nowhere.
    private void end(CloseReason reason, String detail) {
        if (closed) {
            return;
        }
        closed = true;
        ticks.cancel(false);
        writer.end();
        replies.clear();
        backlog.forEach(ByteBuf::release);
        backlog.clear();
        // Counted first: who sees the end of the connection finds its reason.
        listener.ended(this, reason, detail);
        connection.close();
    }

    void onLoop(Runnable task) {
        connection.eventLoop().execute(task);
    }

    String remoteAddress() {
        return connection.getHostAddress() + ":" + connection.getPort();
    }

    long queuedBytes() {
        return writer.queuedBytes() + replies.keptBytes();
    }

    ConnectionStatus status(String listenerName) {
        return new ConnectionStatus(
                connection.getConnectionId(),
                listenerName,
                remoteAddress(),
                since,
                inFlight,
                calls.get(),
                queuedBytes(),
                pauses > 0);
    }
}
