package io.fairlead.link.call;

import io.fairlead.link.CloseReason;
import io.fairlead.link.InFlightTable;
import io.fairlead.link.Link;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkHandler;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.ProtocolException;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One address of a [CallClient] and the calls in flight there. Confined to the client's loop.
final class CallConnection implements LinkHandler {
    /// A connection that lasted longer ended for a reason of its own.
    private static final long LONG_LIFE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// Doubles with each short life: 200 ms to 12.8 s.
    private static final long FIRST_AVOIDED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int MAX_SHORT_LIVES = 7;

    private final CallClient client;
    private final InFlightTable<OutgoingCall> inFlight = new InFlightTable<>();
    private @Nullable LinkConnector connector;
    private @Nullable Link link;
    private long lastId;
    private long openedNanos;
    private int shortLives;
    private long avoidUntilNanos;
    private boolean avoided;

    CallConnection(CallClient client) {
        this.client = client;
    }

    void connector(LinkConnector owner) {
        connector = owner;
    }

    @Nullable LinkConnector connector() {
        return connector;
    }

    boolean usable() {
        Link open = link;
        return open != null && open.isOpen() && !open.isPeerGoingAway() && !open.isSuspect();
    }

    /// Whether it has lately ended soon after it was opened, more than once: others are better while there
    /// are any.
    boolean isFlapping(long nowNanos) {
        if (avoided && nowNanos - avoidUntilNanos >= 0) {
            avoided = false;
        }
        return avoided;
    }

    private void noteEnd(long nowNanos) {
        if (nowNanos - openedNanos >= LONG_LIFE_NANOS) {
            shortLives = 0;
            return;
        }
        shortLives = Math.min(shortLives + 1, MAX_SHORT_LIVES);
        avoided = true;
        avoidUntilNanos = nowNanos + (FIRST_AVOIDED_NANOS << shortLives);
    }

    /// Writes the call. Call only when [#usable].
    ///
    /// @return false if the peer does not accept a frame of this size; nothing was written
    boolean write(OutgoingCall call, Link open, long nowNanos) {
        Request request = call.request;
        Route route = request.route();
        Metadata metadata = request.metadata();
        long size =
                (long) Frames.HEADER_BYTES + route.encodedBytes() + metadata.encodedBytes() + request.payload().length;
        if (size - Frames.LENGTH_BYTES > open.peerMaxFrameBytes()) {
            return false;
        }
        int bytes = (int) size;
        call.id = ++lastId;
        call.connection = this;
        inFlight.put(call.id, call);
        ByteBuf out = open.out(bytes);
        Frames.writeHeader(
                out,
                FrameType.REQUEST,
                call.flags(),
                request.priority().code(),
                call.id,
                call.timeLeftMillis(nowNanos),
                route.encodedBytes(),
                metadata.encodedBytes(),
                request.payload().length);
        route.encode(out);
        metadata.encode(out);
        out.writeBytes(request.payload());
        return true;
    }

    @Nullable Link link() {
        return link;
    }

    void cancel(OutgoingCall call) {
        Link open = link;
        if (inFlight.remove(call.id) != null && open != null && open.isOpen()) {
            Frames.writeBare(open.out(Frames.HEADER_BYTES), FrameType.CANCEL, call.id);
        }
    }

    @Override
    public void opened(Link opened) {
        link = opened;
        lastId = 0;
        openedNanos = System.nanoTime();
        client.opened();
    }

    @Override
    public boolean isIdle(Link asked) {
        return inFlight.isEmpty();
    }

    @Override
    public void readComplete(Link from) {
        // A peer that was suspect has been heard again.
        client.usableAgain();
    }

    @Override
    public void frame(Link from, ByteBuf buf, int at) {
        long id = Frames.id(buf, at);
        boolean more = Frames.type(buf, at) == FrameType.RESPONSE && Frames.more(buf, at);
        OutgoingCall call = more ? inFlight.get(id) : inFlight.remove(id);
        if (call == null) {
            if (id > lastId || id < 1) {
                throw new ProtocolException("answer to call " + id + ", which was never sent (last: " + lastId + ")");
            }
            // Late: its deadline passed or it was cancelled.
            client.lateReply();
            return;
        }
        Metadata metadata;
        try {
            metadata = Frames.metadata(buf, at);
        } catch (ProtocolException e) {
            // Whoever passed it on may not have read it.
            unusable(call, "the answer's " + e.getMessage());
            return;
        }
        if (Frames.type(buf, at) == FrameType.RESPONSE) {
            answered(call, new Reply(metadata, Frames.payload(buf, at)), more);
            return;
        }
        client.answeredWithStatus(
                call,
                new CallException(
                        Status.of(Frames.code(buf, at)),
                        Frames.text(buf, at),
                        Frames.type(buf, at) == FrameType.REFUSAL,
                        Duration.ofMillis(Frames.timeMillis(buf, at)),
                        metadata));
    }

    private void answered(OutgoingCall call, Reply reply, boolean more) {
        if (!more) {
            client.succeeded(call, reply);
        } else if (call.observer instanceof StreamObserver stream) {
            call.streaming = true;
            stream.part(reply);
        } else {
            unusable(call, "the answer is a stream, and one answer was asked for");
        }
    }

    private void unusable(OutgoingCall call, String why) {
        cancel(call);
        client.fail(call, CallException.mayHaveRun(Status.INTERNAL, why));
    }

    @Override
    public void goingAway(Link from, long takenId, String why) {
        for (OutgoingCall call : removeAbove(takenId)) {
            client.notTaken(call, "the gateway went away: " + why);
        }
    }

    @Override
    public void closed(Link ended, CloseReason reason, String detail) {
        link = null;
        if (!ended.isPeerGoingAway()) {
            noteEnd(System.nanoTime());
        }
        boolean checksRepeats = ended.peerChecksRepeats();
        String why =
                "connection to " + ended.remoteAddress() + " ended: " + reason + (detail.isEmpty() ? "" : " ") + detail;
        for (OutgoingCall call : removeAbove(0)) {
            client.lost(call, checksRepeats, why);
        }
        client.closed(why);
    }

    @Override
    public void failed(String peer, CloseReason reason, String detail) {
        client.closed("connection to " + peer + ": " + reason + " " + detail);
    }

    private List<OutgoingCall> removeAbove(long id) {
        return inFlight.removeIf(call -> call.id > id);
    }
}
