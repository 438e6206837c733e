package io.fairlead.link.call;

import io.fairlead.link.CloseReason;
import io.fairlead.link.InFlightTable;
import io.fairlead.link.Link;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.ProtocolException;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// The calls in flight of one accepted link, and the queue on which answers from other threads reach its
/// loop.
///
/// Answers: any thread puts one into the queue; whoever finds no drain scheduled schedules one on the loop,
/// which writes all that have gathered into one buffer. The queue is bounded by the calls in flight, since
/// each has one answer; the parts of streams are bounded by [CallServer]'s limit on unsent bytes.
final class CallLink {
    private record Outgoing(IncomingCall call, IncomingCall.Answer answer) {}

    private final CallServer server;
    private final Link link;
    private final InFlightTable<IncomingCall> inFlight = new InFlightTable<>();
    private final Queue<Outgoing> answers = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final Runnable drain = this::drain;

    private final CountDownLatch ended = new CountDownLatch(1);

    private boolean refusing;
    private boolean inputEnded;

    CallLink(CallServer server, Link link) {
        this.server = server;
        this.link = link;
    }

    Link link() {
        return link;
    }

    void frame(ByteBuf buf, int at) {
        long id = Frames.id(buf, at);
        if (Frames.type(buf, at) == FrameType.CANCEL) {
            IncomingCall call = inFlight.get(id);
            // Else the handler has answered, and its answer is on the way.
            if (call != null && call.cancel() && inFlight.remove(id) != null) {
                server.release();
                closeWhenDone();
            }
            return;
        }
        if (refusing) {
            // Above the last id of our GOAWAY: the peer knows that it did not run.
            return;
        }
        CallServer.Target target = server.find(buf, at);
        if (target == null) {
            refuse(id, Status.UNIMPLEMENTED, "no such method: " + Frames.route(buf, at));
            return;
        }
        if (!server.tryAcquire()) {
            refuse(id, Status.RESOURCE_EXHAUSTED, "calls in flight: " + server.maxInFlight() + ", the limit");
            return;
        }
        Metadata metadata;
        try {
            metadata = Frames.metadata(buf, at);
        } catch (ProtocolException e) {
            // Whoever passed it on may not have read it.
            server.release();
            refuse(id, Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
            return;
        }
        long timeMillis = Frames.timeMillis(buf, at);
        IncomingCall call = new IncomingCall(
                this,
                id,
                target.route(),
                metadata,
                Frames.payload(buf, at),
                Frames.code(buf, at),
                Frames.send(buf, at),
                timeMillis == 0 ? Long.MAX_VALUE : System.nanoTime() + timeMillis * 1_000_000);
        inFlight.put(id, call);
        try {
            if (Frames.repeated(buf, at) && !target.handler().mayRepeat(call)) {
                call.fail(Status.UNKNOWN, "an earlier attempt may have run, and the method may not be repeated");
            } else {
                target.handler().handle(call);
            }
        } catch (RuntimeException e) {
            CallServer.log.error("Handler of {} failed on its loop", target.route(), e);
            call.fail(Status.INTERNAL, String.valueOf(e));
        }
    }

    private void refuse(long id, Status status, String why) {
        Frames.writeStatus(link.out(Frames.HEADER_BYTES + 3 * why.length()), FrameType.REFUSAL, status, id, 0, why);
    }

    boolean answer(IncomingCall call, IncomingCall.Answer answer) {
        if (link.eventLoop().inEventLoop() && answers.isEmpty()) {
            write(call, answer);
        } else {
            answers.add(new Outgoing(call, answer));
            if (!drainScheduled.get() && drainScheduled.compareAndSet(false, true)) {
                link.eventLoop().execute(drain);
            }
        }
        return true;
    }

    private void drain() {
        // Cleared first: an answer that comes from now on either is still seen below or schedules the next
        // drain.
        drainScheduled.set(false);
        for (Outgoing next = answers.poll(); next != null; next = answers.poll()) {
            write(next.call(), next.answer());
        }
    }

    private void write(IncomingCall call, IncomingCall.Answer answer) {
        IncomingCall owed = answer.last() ? inFlight.remove(call.id()) : inFlight.get(call.id());
        if (owed == null) {
            return; // cancelled meanwhile
        }
        if (link.isOpen()) {
            writeFrame(call, answer);
        }
        if (answer.last()) {
            server.release();
            closeWhenDone();
        }
    }

    private void writeFrame(IncomingCall call, IncomingCall.Answer answer) {
        Metadata metadata = answer.metadata();
        byte[] payload = answer.payload();
        long size = (long) Frames.HEADER_BYTES + metadata.encodedBytes() + payload.length;
        if (size - Frames.LENGTH_BYTES > link.peerMaxFrameBytes()) {
            String why = "reply: " + size + " bytes (expected: at most " + link.peerMaxFrameBytes()
                    + ", the peer's max-frame)";
            Frames.writeStatus(link.out(256), FrameType.ERROR, Status.RESOURCE_EXHAUSTED, call.id(), 0, why);
            return;
        }
        ByteBuf out = link.out((int) size);
        Frames.writeHeader(
                out,
                answer.type(),
                answer.flags(),
                answer.status().code(),
                call.id(),
                time(answer),
                0,
                metadata.encodedBytes(),
                payload.length);
        metadata.encode(out);
        out.writeBytes(payload);
        if (!answer.last() && link.queuedBytes() > server.maxQueuedBytes()) {
            link.close(
                    CloseReason.SLOW_READER,
                    link.queuedBytes() + " bytes unread (limit: " + server.maxQueuedBytes() + ")");
        }
    }

    /// The header's time field: a RESPONSE carries a credit there.
    private long time(IncomingCall.Answer answer) {
        return answer.type() == FrameType.RESPONSE
                ? Frames.credit(server.freePlaces(answer.last() ? 1 : 0))
                : answer.retryAfterMillis();
    }

    /// Takes no further calls: those above the last id so far certainly do not run.
    void goAway(String why) {
        refusing = true;
        link.goAway(Status.OK, link.lastRequestId(), why);
        closeWhenDone();
    }

    void inputEnded() {
        inputEnded = true;
        closeWhenDone();
    }

    private void closeWhenDone() {
        if ((inputEnded || (refusing && server.closing())) && inFlight.isEmpty()) {
            if (inputEnded) {
                link.close(CloseReason.PEER_CLOSED, "");
            } else {
                link.finish(CloseReason.LOCAL_CLOSE, "");
            }
        }
    }

    void closed() {
        for (IncomingCall call : inFlight.values()) {
            server.release();
            call.cancel();
        }
        inFlight.clear();
        ended.countDown();
    }

    /// Waits until the link has ended.
    ///
    /// @return false if it has not within the limit
    boolean awaitEnd(long nanos) throws InterruptedException {
        return ended.await(nanos, TimeUnit.NANOSECONDS);
    }
}
