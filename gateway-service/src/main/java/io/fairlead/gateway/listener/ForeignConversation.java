package io.fairlead.gateway.listener;

import io.fairlead.gateway.framing.FrameDecoder;
import io.fairlead.gateway.framing.FramingException;
import io.fairlead.gateway.upstream.LoopUpstreams;
import io.fairlead.integration.netty.NettyTcpConnection;
import io.fairlead.integration.netty.ReadBatch;
import io.fairlead.integration.netty.SlowReaderException;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Conversation;
import io.fairlead.link.PassWriter;
import io.fairlead.link.TcpEndpoint;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One foreign client, from its first byte to its end: [ForeignRequests] is its way in, [ForeignReplies] its way back.
///
/// ```
/// serving ─▶ going away: served on, until a moment between two messages with nothing in flight
///              └─▶ finishing: takes no more, answers what it took            (only if it is never idle)
///                   └─▶ leaving: output ended, input read and dropped ─▶ closed, when the client closes or a second
/// later
/// ```
///
/// Confined to its loop, but for [#id], [#loop], [#status] and [#queuedBytes].
final class ForeignConversation implements Conversation, ClientConversation {
    private static final Logger log = LoggerFactory.getLogger(ForeignConversation.class);

    /// How long a client may take to see the end of our output. Closed with bytes unread, the connection would
    /// be reset, and the last replies perhaps be lost.
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ForeignListener listener;
    private final NettyTcpConnection connection;
    private final PassWriter writer;
    private final FrameDecoder decoder;
    private final LoopUpstreams upstreams;
    private final ForeignReplies replies;
    private final ForeignRequests requests;
    private final ReadLimits limits;
    private final ScheduledFuture<?> ticks;
    private final Instant since = Instant.now();

    private int pauses;
    private boolean unwritable;
    private boolean inputEnded;
    private boolean finishing;
    private boolean leaving;
    private boolean closed;

    /// Why it is to end between two messages; null while it is not.
    private @Nullable CloseReason goingAway;

    private String goingAwayWhy = "";

    ForeignConversation(
            ForeignListener listener,
            TcpEndpoint.Opened opened,
            FrameDecoder decoder,
            LoopUpstreams upstreams,
            ListenerMeter meter) {
        this.listener = listener;
        this.connection = opened.connection();
        this.writer = opened.writer();
        this.decoder = decoder;
        this.upstreams = upstreams;
        this.replies = new ForeignReplies(this, listener, connection, writer, upstreams, meter);
        this.requests = new ForeignRequests(this, listener, replies, upstreams);
        this.limits = new ReadLimits(listener.properties(), System.nanoTime());
        long tickNanos = limits.tickNanos();
        this.ticks =
                connection.eventLoop().scheduleWithFixedDelay(this::tick, tickNanos, tickNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void read(ReadBatch batch) {
        if (finishing || leaving) {
            return;
        }
        limits.messagesRead();
        try {
            requests.read(batch);
        } catch (RuntimeException e) {
            log.error("Listener {}: a message from {} could not be handled", listener.name(), remoteAddress(), e);
            close(CloseReason.INTERNAL_ERROR, String.valueOf(e));
        }
    }

    @Override
    public void readComplete() {
        limits.read(upstreams.nowNanos(), decoder.midFrame());
        if (goingAway != null) {
            // Perhaps this is the moment between two messages.
            endIfDone();
        }
    }

    /// A call has ended.
    void progressed() {
        requests.progressed();
        endIfDone();
    }

    /// Something was written.
    void written() {
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

    /// Counted: as many [#resume] follow.
    void pause() {
        if (pauses++ == 0) {
            connection.pauseReading();
        }
    }

    void resume() {
        if (--pauses == 0 && !closed) {
            limits.resumed(System.nanoTime());
            connection.resumeReading();
        }
    }

    private void tick() {
        ReadLimits.Exceeded exceeded =
                limits.check(System.nanoTime(), pauses > 0, replies.inFlight() > 0 || requests.waiting());
        if (exceeded != null) {
            close(exceeded.reason(), exceeded.detail());
        }
    }

    @Override
    public void inputEnded() {
        inputEnded = true;
        endIfDone();
    }

    @Override
    public void goAway(CloseReason reason, String why) {
        if (goingAway == null) {
            goingAway = reason;
            goingAwayWhy = why;
            endIfDone();
        }
    }

    @Override
    public void finish() {
        finishing = true;
        endIfDone();
    }

    private void endIfDone() {
        if (replies.inFlight() > 0 || requests.waiting()) {
            return;
        }
        if (inputEnded) {
            boolean half = decoder.midFrame() && !finishing && !leaving;
            close(
                    half
                            ? CloseReason.MALFORMED_MESSAGE
                            : finishing || leaving ? leftBecause() : CloseReason.PEER_CLOSED,
                    half ? "the input ended inside a message" : "");
        } else if (goingAway != null && !leaving && (finishing || !decoder.midFrame())) {
            leave();
        }
    }

    /// What the client may have sent meanwhile is not taken: it sees that no reply comes.
    private void leave() {
        leaving = true;
        writer.flush();
        connection.shutdownOutput();
        connection.resumeReading();
        connection.eventLoop().schedule(() -> close(leftBecause(), goingAwayWhy), LINGER_NANOS, TimeUnit.NANOSECONDS);
    }

    private CloseReason leftBecause() {
        return goingAway == null ? CloseReason.LOCAL_CLOSE : goingAway;
    }

    @Override
    public void failed(Throwable cause) {
        Throwable root = cause instanceof FramingException || cause.getCause() == null ? cause : cause.getCause();
        if (leaving) {
            close(leftBecause(), goingAwayWhy);
        } else if (root instanceof FramingException framing) {
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
        if (leaving) {
            end(leftBecause(), goingAwayWhy);
            return;
        }
        end(
                cause == null ? CloseReason.PEER_CLOSED : CloseReason.IO_ERROR,
                cause == null ? "" : String.valueOf(cause.getMessage()));
    }

    @Override
    public void close(CloseReason reason, String detail) {
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
        replies.end();
        requests.end();
        // Counted first: who sees the end of the connection finds its reason.
        listener.ended(this, reason, detail);
        connection.close();
    }

    @Override
    public String id() {
        return connection.getConnectionId();
    }

    @Override
    public EventLoop loop() {
        return connection.eventLoop();
    }

    String remoteAddress() {
        return connection.getHostAddress() + ":" + connection.getPort();
    }

    @Override
    public long queuedBytes() {
        return writer.queuedBytes() + replies.keptBytes();
    }

    @Override
    public ConnectionStatus status(String listenerName) {
        return new ConnectionStatus(
                id(),
                listenerName,
                remoteAddress(),
                since,
                replies.inFlight(),
                requests.calls(),
                queuedBytes(),
                pauses > 0);
    }
}
