package io.fairlead.link;

import io.fairlead.integration.netty.NettyTcpConnection;
import io.fairlead.integration.netty.ReadBatch;
import io.fairlead.integration.netty.SlowReaderException;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.fairlead.wire.ProtocolException;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection that speaks the wire protocol.
///
/// Thread: the event loop of its connection. Only [#id], [#peer], [#eventLoop], [#isOpen] and [#closeLater]
/// may be used from elsewhere.
///
/// Writing: [#out] gives the buffer in which all frames of the loop's current pass are gathered. At the end
/// of the pass it leaves as one message through the sending adapter, so one pass costs one system call for
/// each touched link, however many frames it wrote.
///
/// Heartbeats: a link on which nothing is under way ([LinkHandler#isIdle]) and nothing was read or written for ten
/// intervals but PING and PONG comes to rest: its interval is ten times as long until the next other frame, or a PING
/// without an answer.
public final class Link implements Conversation {
    private static final Logger log = LoggerFactory.getLogger(Link.class);

    /// How long the peer may take to end the link after us.
    private static final long LINGER_MILLIS = 1_000;

    private static final long TICK_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final NettyTcpConnection connection;
    private final EventLoop loop;
    private final LinkSettings settings;
    private final LinkHandler handler;
    private final PassWriter writer;
    private final Heartbeat heartbeat;
    private final Handshake handshake;
    private final boolean acceptor;

    private @Nullable Object attachment;
    private @Nullable ScheduledFuture<?> ticks;
    private @Nullable ScheduledFuture<?> helloTimer;
    private long unwritableSinceNanos;
    private boolean unwritable;
    private boolean readingPaused;
    private boolean suspectTold;

    /// Ticks since a frame other than PING and PONG was read or written.
    private int quietTicks;

    private boolean peerGoingAway;
    private boolean saidGoAway;

    private long lastRequestId;

    /// Set once this side has ended its output and waits for the peer's end. Written on the loop.
    private volatile @Nullable CloseReason finishing;

    private String finishingDetail = "";

    private @Nullable ScheduledFuture<?> lingerTimer;

    /// Written on the loop; read by anyone for screens.
    private volatile @Nullable Hello peer;

    private volatile boolean closed;

    Link(TcpEndpoint.Opened opened, LinkSettings settings, LinkHandler handler, boolean connector) {
        this.connection = opened.connection();
        this.writer = opened.writer();
        this.acceptor = !connector;
        this.loop = connection.eventLoop();
        this.settings = settings;
        this.handshake = new Handshake(settings, acceptor, handler.features());
        this.handler = handler;
        this.heartbeat = new Heartbeat(settings.heartbeatInterval().toNanos());
    }

    /// Unique among the connections of this process.
    public String id() {
        return connection.getConnectionId();
    }

    /// The address of the other side, `host:port`.
    public String remoteAddress() {
        return connection.getHostAddress() + ":" + connection.getPort();
    }

    /// What the other side said of itself; null before the link is opened.
    public @Nullable Hello peer() {
        return peer;
    }

    /// The loop on which everything of this link happens.
    public EventLoop eventLoop() {
        return loop;
    }

    /// What the handler keeps for this link; null at first. On the loop only.
    public @Nullable Object attachment() {
        return attachment;
    }

    /// Sets [#attachment].
    public void attach(Object kept) {
        attachment = kept;
    }

    /// Whether frames may still be sent.
    public boolean isOpen() {
        return !closed && finishing == null && peer != null;
    }

    /// False while more bytes wait to be sent than the settings allow: then stop producing.
    public boolean isWritable() {
        return connection.isWritable();
    }

    /// Bytes that wait to be sent.
    public long queuedBytes() {
        return writer.queuedBytes();
    }

    /// Two heartbeats were missed: no new calls, but it may recover.
    public boolean isSuspect() {
        return heartbeat.isSuspect();
    }

    /// The peer said GOAWAY: no new calls.
    public boolean isPeerGoingAway() {
        return peerGoingAway;
    }

    /// The largest frame that the peer accepts, in bytes without the length field.
    public int peerMaxFrameBytes() {
        Hello hello = peer;
        return hello == null ? Frames.DEFAULT_MAX_LENGTH : hello.maxLength();
    }

    /// Whether the peer, an acceptor, runs a REQUEST with [Frames#FLAG_REPEATED] only where that is safe.
    public boolean peerChecksRepeats() {
        return peerTook(Hello.REPEATS);
    }

    /// Whether the peer, an acceptor, takes durable messages.
    public boolean peerTakesSends() {
        return peerTook(Hello.SENDS);
    }

    private boolean peerTook(long feature) {
        Hello hello = peer;
        return hello != null && (hello.features() & feature) != 0;
    }

    /// The buffer that leaves at the end of the loop's pass, with room for `bytes` more. Write whole frames
    /// into it, at once, and do not keep it.
    public ByteBuf out(int bytes) {
        if (quietTicks != 0) {
            stirred();
        }
        return writer.out(bytes);
    }

    /// Changes how long the other side may be silent before it is asked: for links on which frames come at regular,
    /// rarer times than the settings allow for. Does not end a rest, and holds for this link.
    ///
    /// @param interval 10 ms to 1 min
    /// @throws IllegalArgumentException if it is out of these bounds
    public void heartbeatEvery(Duration interval) {
        heartbeat.every(LinkSettings.checkedInterval(interval).toNanos());
    }

    private void stirred() {
        quietTicks = 0;
        if (heartbeat.isResting() && !closed) {
            heartbeat.wake(System.nanoTime());
            nextTick();
        }
    }

    /// Those of many links fall together: a loop that is woken for each of ten thousand does little else. Not at
    /// a fixed rate, which would make up for all that a pause of the process has left out.
    private void nextTick() {
        if (ticks != null) {
            ticks.cancel(false);
        }
        long tickNanos = heartbeat.tickNanos();
        long stepNanos = Math.min(TICK_STEP_NANOS, tickNanos / 8);
        long early = Math.floorMod(System.nanoTime() + tickNanos, stepNanos);
        ticks = loop.schedule(this::tick, tickNanos - early, TimeUnit.NANOSECONDS);
    }

    /// Sends bytes without copying them: the rest of a frame whose beginning is in [#out]. Takes ownership of
    /// `bytes`.
    public void outDirect(ByteBuf bytes) {
        writer.outDirect(bytes);
    }

    /// Stops and resumes reading from the peer: back-pressure towards it. Meanwhile its silence does not
    /// count.
    public void pauseReading() {
        readingPaused = true;
        connection.pauseReading();
    }

    /// See [#pauseReading].
    public void resumeReading() {
        readingPaused = false;
        connection.resumeReading();
    }

    /// The id of the last call that came; 0 = none has.
    public long lastRequestId() {
        return lastRequestId;
    }

    /// Says GOAWAY once: calls above `lastId` are not taken.
    public void goAway(Status status, long lastId, String why) {
        if (!closed && !saidGoAway) {
            saidGoAway = true;
            Frames.writeStatus(out(256 + why.length()), FrameType.GOAWAY, status, lastId, 0, why);
        }
    }

    /// Ends the link. Whatever was written before is sent if the peer reads it. Idempotent.
    public void close(CloseReason reason, String detail) {
        if (!closed) {
            writer.flush();
            end(reason, detail);
        }
    }

    /// Ends the link behind a GOAWAY: says that nothing more comes, and closes once the peer has said so,
    /// too, or after a second. What still comes is dropped. Closed at once, with bytes of the peer unread,
    /// the connection would be reset, and a peer that just writes might never see the GOAWAY.
    public void finish(CloseReason reason, String detail) {
        if (!isOpen()) {
            return;
        }
        writer.flush();
        finishing = reason;
        finishingDetail = detail;
        connection.shutdownOutput();
        lingerTimer = loop.schedule(() -> end(reason, detail), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// As [#close], from any thread.
    public void closeLater(CloseReason reason, String detail) {
        loop.execute(() -> close(reason, detail));
    }

    Link start() {
        helloTimer = loop.schedule(
                () -> close(CloseReason.HELLO_TIMEOUT, "not open within " + settings.helloTimeout()),
                settings.helloTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
        handshake.begin(this::out);
        return this;
    }

    @Override
    public void read(ReadBatch batch) {
        if (finishing != null) {
            return;
        }
        heartbeat.read();
        try {
            for (int i = 0; i < batch.size(); i++) {
                ByteBuf buf = (ByteBuf) batch.get(i);
                int end = buf.writerIndex();
                for (int at = buf.readerIndex(); at < end && !closed && finishing == null; at += Frames.size(buf, at)) {
                    dispatch(buf, at);
                }
            }
            if (isOpen()) {
                handler.readComplete(this);
            }
        } catch (ProtocolException e) {
            protocolError(e);
        } catch (RuntimeException e) {
            log.error("Link {} with {}: a frame could not be handled", id(), remoteAddress(), e);
            close(CloseReason.INTERNAL_ERROR, String.valueOf(e));
        }
    }

    private void protocolError(ProtocolException e) {
        log.debug("Link {} with {}: {}", id(), remoteAddress(), e.getMessage());
        if (closed) {
            return;
        }
        String message = String.valueOf(e.getMessage());
        if (peer == null && !handshake.mayTell()) {
            // A warning is to have nothing in it that a stranger chose.
            close(CloseReason.UNAUTHENTICATED, "its first frames are malformed");
        } else {
            goAway(Status.INTERNAL, lastRequestId, message);
            close(CloseReason.PROTOCOL_ERROR, message);
        }
    }

    private void dispatch(ByteBuf buf, int at) {
        byte type = Frames.type(buf, at);
        if (peer == null) {
            switch (handshake.read(buf, at, this::out)) {
                case Handshake.Outcome.Waiting() -> {
                    // Its next frame comes, or the timer.
                }
                case Handshake.Outcome.Open(Hello hello) -> open(hello);
                case Handshake.Outcome.Refused refused -> refuse(refused);
            }
            return;
        }
        if (quietTicks != 0 && type != FrameType.PING && type != FrameType.PONG) {
            stirred();
        }
        switch (type) {
            case FrameType.REQUEST, FrameType.CANCEL -> {
                expect(acceptor, type);
                if (type == FrameType.REQUEST) {
                    requested(Frames.id(buf, at));
                }
                handler.frame(this, buf, at);
            }
            case FrameType.RESPONSE, FrameType.ERROR, FrameType.REFUSAL -> {
                expect(!acceptor, type);
                handler.frame(this, buf, at);
            }
            case FrameType.PING -> {
                writeHeartbeat(FrameType.PONG, Frames.id(buf, at));
                readCredit(buf, at);
            }
            case FrameType.PONG -> readCredit(buf, at);
            case FrameType.GOAWAY -> {
                long lastId = Frames.id(buf, at);
                if (lastId < 0) {
                    throw new ProtocolException("GOAWAY id: " + lastId + " (expected: 0 or above)");
                }
                peerGoingAway = true;
                handler.goingAway(this, lastId, Frames.text(buf, at));
            }
            case FrameType.HELLO -> throw new ProtocolException("a second HELLO");
            case FrameType.AUTH -> throw new ProtocolException("AUTH on an open link");
            default -> {
                if (!FrameType.ignorable(type)) {
                    throw new ProtocolException("frame type: " + (type & 0xff) + " (expected: 1 to 10)");
                }
            }
        }
    }

    private void requested(long id) {
        if (id <= lastRequestId) {
            throw new ProtocolException("call id: " + id + " (expected: above " + lastRequestId + ")");
        }
        lastRequestId = id;
    }

    private void writeHeartbeat(byte type, long id) {
        long credit = acceptor ? Frames.credit(handler.freePlaces(this)) : 0;
        // Not through out: heartbeats do not keep each other awake.
        Frames.writeBare(writer.out(Frames.HEADER_BYTES), type, id, credit);
    }

    private void readCredit(ByteBuf buf, int at) {
        int places = acceptor ? -1 : Frames.freePlaces(buf, at);
        if (places >= 0) {
            handler.peerFreePlaces(this, places);
        }
    }

    private static void expect(boolean ok, byte type) {
        if (!ok) {
            throw new ProtocolException(FrameType.name(type) + " from this side of a link");
        }
    }

    private void refuse(Handshake.Outcome.Refused refused) {
        if (refused.told() != null) {
            goAway(refused.told(), 0, refused.why());
        }
        close(refused.reason(), refused.why());
    }

    private void open(Hello hello) {
        if (helloTimer != null) {
            helloTimer.cancel(false);
        }
        FrameSplitter.opened(connection.channel());
        peer = hello;
        nextTick();
        handler.opened(this);
    }

    private void tick() {
        if (finishing != null) {
            return;
        }
        beat();
        if (!closed) {
            nextTick();
        }
    }

    private void beat() {
        long now = System.nanoTime();
        switch (heartbeat.tick(now, !readingPaused)) {
            case PING -> writeHeartbeat(FrameType.PING, 0);
            case WAKE -> stirred();
            case GONE ->
                close(
                        CloseReason.HEARTBEAT_LOST,
                        "nothing read for three heartbeat intervals of "
                                + TimeUnit.NANOSECONDS.toMillis(heartbeat.usualNanos()) + " ms");
            case NOTHING -> {
                // Frames flow.
            }
        }
        if (suspectTold != heartbeat.isSuspect() && !closed) {
            suspectTold = heartbeat.isSuspect();
            handler.suspectChanged(this);
        }
        if (isWritable()) {
            unwritable = false;
        } else if (!unwritable) {
            unwritable = true;
            unwritableSinceNanos = now;
        } else if (now - unwritableSinceNanos > settings.slowReaderTimeout().toNanos()) {
            close(CloseReason.SLOW_READER, queuedBytes() + " bytes unread for " + settings.slowReaderTimeout());
        }
        restIfQuiet();
    }

    private void restIfQuiet() {
        if (closed || heartbeat.isResting()) {
            return;
        }
        quietTicks++;
        if (heartbeat.mayRest(quietTicks) && !readingPaused && !unwritable && handler.isIdle(this)) {
            heartbeat.rest();
        }
    }

    @Override
    public void writabilityChanged() {
        if (isWritable()) {
            // A busy link may be full again at each tick: its peer reads all the same.
            unwritable = false;
        }
        if (isOpen()) {
            handler.writabilityChanged(this);
        }
    }

    @Override
    public void inputEnded() {
        if (isOpen()) {
            handler.inputEnded(this);
        } else {
            end(CloseReason.PEER_CLOSED, "");
        }
    }

    @Override
    public void failed(Throwable cause) {
        Throwable root = cause.getCause() instanceof ProtocolException inner ? inner : cause;
        if (root instanceof ProtocolException protocol) {
            protocolError(protocol);
        } else if (root instanceof SlowReaderException) {
            end(CloseReason.SLOW_READER, String.valueOf(root.getMessage()));
        } else {
            end(CloseReason.IO_ERROR, String.valueOf(root));
        }
    }

    @Override
    public void closed(@Nullable Throwable cause) {
        if (cause == null) {
            end(CloseReason.PEER_CLOSED, "");
        } else {
            end(CloseReason.IO_ERROR, String.valueOf(cause.getMessage()));
        }
    }

    /// Whoever ended it: only the first call has an effect.
    private void end(CloseReason why, String whyDetail) {
        if (closed) {
            return;
        }
        CloseReason begun = finishing;
        CloseReason reason = begun == null ? why : begun;
        String detail = begun == null ? whyDetail : finishingDetail;
        closed = true;
        writer.end();
        if (lingerTimer != null) {
            lingerTimer.cancel(false);
        }
        if (helloTimer != null) {
            helloTimer.cancel(false);
        }
        if (ticks != null) {
            ticks.cancel(false);
        }
        log.debug("Link {} with {} ended: {} {}", id(), remoteAddress(), reason, detail);
        connection.close();
        if (peer != null) {
            handler.closed(this, reason, detail);
        } else {
            notOpened(reason, detail);
        }
    }

    private void notOpened(CloseReason reason, String detail) {
        LinkSecret secret = settings.secret();
        if (reason == CloseReason.UNAUTHENTICATED && secret != null) {
            secret.refused((acceptor ? "Link from " : "Link to ") + remoteAddress(), detail, System.nanoTime());
        }
        String why = reason == CloseReason.PEER_CLOSED && detail.isEmpty() ? handshake.closedHint() : detail;
        handler.failed(remoteAddress(), reason, why);
    }

    @Override
    public String toString() {
        return "Link[" + id() + "]";
    }
}
