package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.Candidate;
import io.fairlead.gateway.balance.Load;
import io.fairlead.gateway.balance.LoadSettings;
import io.fairlead.gateway.breaker.LinkBreaker;
import io.fairlead.gateway.breaker.Verdict;
import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.CallOrigin;
import io.fairlead.link.CloseReason;
import io.fairlead.link.InFlightTable;
import io.fairlead.link.Link;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.ProtocolException;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One loop's link to one instance and the calls in flight on it. Confined to the loop, but for [#inFlight]
/// and [#isConnected], which screens read.
final class InstanceLink implements LinkHandler, Call.Upstream, Candidate {
    /// Bodies from here on are sent as they are; below it, copying is cheaper than a buffer of its own.
    private static final int DIRECT_BYTES = 16 * 1024;

    /// Bytes waiting for one instance at which it counts as unusable: half of what ends its link. Sources are
    /// paused long before.
    private static final long MAX_QUEUED_BYTES = 32L * 1024 * 1024;

    /// A call given up so long before its deadline, or in the last eighth of its time, has timed out.
    private static final long DEADLINE_TOLERANCE_NANOS = 10_000_000;

    private final LoopFleet fleet;
    private final Outcomes outcomes;
    private final LongSupplier nowNanos;
    private final Load load;
    private final LinkBreaker breaker;
    private final InFlightTable<Call> inFlight = new InFlightTable<>();
    private final Set<CallOrigin> paused = new LinkedHashSet<>();

    private Instance instance;
    private boolean listed = true;
    private @Nullable Link link;
    private long lastId;

    /// Written on the loop; read by screens, for which a slightly old number is good enough.
    private final AtomicInteger inFlightSeen = new AtomicInteger();

    private final AtomicLong answered = new AtomicLong();

    private final AtomicLong failed = new AtomicLong();

    private volatile boolean connected;

    private volatile boolean suspect;

    private volatile boolean unreachable;

    InstanceLink(
            LoopFleet fleet,
            Outcomes outcomes,
            LongSupplier nowNanos,
            LoadSettings settings,
            Instance instance,
            LinkBreaker breaker) {
        this.fleet = fleet;
        this.outcomes = outcomes;
        this.nowNanos = nowNanos;
        this.instance = instance;
        this.load = new Load(settings, instance.capacity());
        this.breaker = breaker;
    }

    Instance instance() {
        return instance;
    }

    void instance(Instance changed) {
        instance = changed;
        load.capacity(changed.capacity());
    }

    boolean isListed() {
        return listed;
    }

    void listed(boolean isListed) {
        listed = isListed;
    }

    /// Whether links to it could not be made, or ended, since there last was one.
    boolean isUnreachable() {
        return unreachable;
    }

    boolean isConnected() {
        return connected;
    }

    /// Connected, but silent for two heartbeat intervals: it gets no calls.
    boolean isSuspect() {
        return suspect;
    }

    int inFlight() {
        return inFlightSeen.get();
    }

    /// Calls that it answered with a reply.
    long answered() {
        return answered.get();
    }

    /// Calls that it answered with a status, or never: its link ended first.
    long failed() {
        return failed.get();
    }

    long queuedBytes() {
        Link open = link;
        return open == null ? 0 : open.queuedBytes();
    }

    /// Listed or not: a healthy link outranks the registry, a dead one too.
    boolean isUsable() {
        Link open = link;
        return open != null
                && open.isOpen()
                && !open.isSuspect()
                && !open.isPeerGoingAway()
                && instance.state() == InstanceState.UP;
    }

    /// Of the instance.
    @Override
    public String name() {
        return instance.instance();
    }

    @Override
    public int weight() {
        return instance.weight();
    }

    @Override
    public String zone() {
        return instance.zone();
    }

    @Override
    public Load load() {
        return load;
    }

    /// What stands before the instance's breaker.
    LinkBreaker breaker() {
        return breaker;
    }

    /// Some breaker has changed. An instance whose breaker has closed gets its share little by little.
    ///
    /// @return whether it was this one's
    boolean breakerChanged() {
        boolean changed = breaker.refresh();
        if (changed && breaker.isClosed()) {
            load.startSlowly(nowNanos.getAsLong());
        }
        return changed;
    }

    /// Whether calls may be given to it: its link is usable. Whom breakers keep out is in no picker.
    @Override
    public boolean isAvailable(long now) {
        return isUsable();
    }

    @Override
    public boolean isWritable() {
        Link open = link;
        return open != null && open.isWritable();
    }

    /// Writes a call. Call only when [#isUsable].
    ///
    /// @return null, or why it cannot be written: nothing was
    @Nullable String send(Call call, Method method, long now) {
        Link open = link;
        if (open == null) {
            return "not connected";
        }
        byte[] route = method.routeBytes();
        byte[] added = call.addedMetadata();
        int metadataLength = added.length + call.clientMetadataLength();
        int payloadLength = call.bodyLength() - call.clientMetadataLength();
        int bytes = Frames.HEADER_BYTES + route.length + added.length + call.bodyLength();
        if (metadataLength > Metadata.MAX_BYTES) {
            return "metadata: " + metadataLength + " bytes, " + added.length
                    + " of them the gateway's (expected: at most " + Metadata.MAX_BYTES + ")";
        }
        if (bytes - Frames.LENGTH_BYTES > open.peerMaxFrameBytes()) {
            return "message: " + payloadLength + " bytes (instance " + instance.instance() + " accepts "
                    + open.peerMaxFrameBytes() + "): raise its max-frame-size";
        }
        long id = ++lastId;
        call.attempt(this, id, now);
        breaker.sent(id);
        load.began(now);
        inFlight.put(id, call);
        inFlightSeen.lazySet(inFlight.size());
        ByteBuf direct = call.bodyLength() >= DIRECT_BYTES ? call.retainBody() : null;
        ByteBuf out = open.out(direct == null ? bytes : bytes - call.bodyLength());
        Frames.writeHeader(
                out,
                FrameType.REQUEST,
                call.flags(),
                call.priority().code(),
                id,
                call.timeLeftMillis(now),
                route.length,
                metadataLength,
                payloadLength);
        out.writeBytes(route).writeBytes(added);
        if (direct == null) {
            call.copyBody(out);
        } else {
            open.outDirect(direct);
        }
        if (!open.isWritable() && paused.add(call.origin())) {
            call.origin().pause();
        }
        return null;
    }

    /// Whether it takes another call: its instance has places, and bytes wait only as long as it reads them.
    boolean hasRoom(long now) {
        Link open = link;
        return load.hasRoom(now) && open != null && (open.isWritable() || open.queuedBytes() <= MAX_QUEUED_BYTES);
    }

    @Override
    public void cancel(Call call) {
        Link open = link;
        long id = call.idAt(this);
        if (inFlight.remove(id) != null) {
            long now = nowNanos.getAsLong();
            long sentNanos = call.attemptNanosAt(this);
            load.abandoned(now - sentNanos, now);
            // A client that has sent its deadline gives up at about the time at which we do.
            long tolerance = Math.max(DEADLINE_TOLERANCE_NANOS, (call.deadlineNanos() - call.startNanos()) / 8);
            if (call.deadlineNanos() - now <= tolerance) {
                breaker.ended(id, Verdict.FAILURE, Status.DEADLINE_EXCEEDED, sentNanos, now);
            } else {
                breaker.abandoned(id);
            }
            if (open != null && open.isOpen()) {
                Frames.writeBare(open.out(Frames.HEADER_BYTES), FrameType.CANCEL, id);
            }
        }
        seeInFlight();
        outcomes.roomMade();
    }

    @Override
    public void opened(Link opened) {
        link = opened;
        lastId = 0;
        load.reset(nowNanos.getAsLong());
        connected = true;
        unreachable = false;
        fleet.linkOpened(this);
        outcomes.roomMade();
    }

    @Override
    public void frame(Link from, ByteBuf buf, int at) {
        long id = Frames.id(buf, at);
        boolean response = Frames.type(buf, at) == FrameType.RESPONSE;
        boolean last = !response || !Frames.more(buf, at);
        Call call = last ? inFlight.remove(id) : inFlight.get(id);
        if (call == null) {
            if (id > lastId || id < 1) {
                throw new ProtocolException("answer to call " + id + ", which was never sent (last: " + lastId + ")");
            }
            outcomes.lateReply();
            return;
        }
        long now = nowNanos.getAsLong();
        long sentNanos = call.attemptNanosAt(this);
        long took = now - sentNanos;
        if (response) {
            if (last) {
                load.succeeded(took, now);
                breaker.succeeded(id, sentNanos, now);
                answered.lazySet(answered.get() + 1);
            } else {
                load.progressed(now);
            }
            hint(Frames.freePlaces(buf, at), now);
            outcomes.answered(this, call, buf, at, last);
        } else {
            failed.lazySet(failed.get() + 1);
            Status status = Status.of(Frames.code(buf, at));
            boolean refusal = Frames.type(buf, at) == FrameType.REFUSAL;
            Verdict verdict = Verdict.of(status, refusal);
            if (refusal) {
                refused(status, now);
            } else if (verdict == Verdict.FAILURE || status == Status.RESOURCE_EXHAUSTED) {
                load.failed(took, now);
            } else {
                load.declined(took, now);
            }
            breaker.ended(id, verdict, status, sentNanos, now);
            outcomes.answeredWithStatus(this, call, status, refusal, Frames.timeMillis(buf, at), Frames.text(buf, at));
        }
    }

    private void refused(Status status, long now) {
        load.refused(now);
        if (status == Status.RESOURCE_EXHAUSTED) {
            load.hint(0, now);
        }
    }

    @Override
    public void peerFreePlaces(Link from, int places) {
        hint(places, nowNanos.getAsLong());
    }

    /// Who waits for room hears of it at the end of the read pass.
    private void hint(int places, long now) {
        if (places >= 0) {
            load.hint(places, now);
        }
    }

    @Override
    public void readComplete(Link from) {
        breaker.passed(nowNanos.getAsLong());
        seeInFlight();
        outcomes.roomMade();
    }

    @Override
    public void goingAway(Link from, long takenId, String why) {
        for (Call call : removeAbove(takenId)) {
            load.refused(nowNanos.getAsLong());
            breaker.abandoned(call.idAt(this));
            outcomes.notTaken(this, call, "instance " + instance.instance() + " went away: " + why);
        }
        outcomes.roomMade();
    }

    @Override
    public void suspectChanged(Link changed) {
        suspect = changed.isSuspect();
        if (!suspect) {
            outcomes.roomMade();
        }
    }

    @Override
    public void writabilityChanged(Link changed) {
        if (changed.isWritable()) {
            resumeOrigins();
            outcomes.roomMade();
        }
    }

    @Override
    public void closed(Link ended, CloseReason reason, String detail) {
        link = null;
        connected = false;
        suspect = false;
        unreachable = true;
        resumeOrigins();
        String why =
                "instance " + instance.instance() + ": link ended: " + reason + (detail.isEmpty() ? "" : ", ") + detail;
        List<Call> lost = removeAbove(0);
        failed.lazySet(failed.get() + lost.size());
        long now = nowNanos.getAsLong();
        for (Call call : lost) {
            breaker.ended(call.idAt(this), Verdict.FAILURE, Status.UNKNOWN, call.attemptNanosAt(this), now);
            outcomes.lost(this, call, why);
        }
        breaker.linkEnded();
        fleet.linkEnded(this);
        outcomes.roomMade();
    }

    @Override
    public void failed(String peer, CloseReason reason, String detail) {
        unreachable = true;
        breaker.connectFailed(nowNanos.getAsLong());
    }

    private void resumeOrigins() {
        List<CallOrigin> resumed = new ArrayList<>(paused);
        paused.clear();
        resumed.forEach(CallOrigin::resume);
    }

    private List<Call> removeAbove(long takenId) {
        List<Call> removed = inFlight.removeIf(call -> call.idAt(this) > takenId);
        seeInFlight();
        return removed;
    }

    private void seeInFlight() {
        int size = inFlight.size();
        inFlightSeen.lazySet(size);
        if (size == 0) {
            fleet.linkIdle(this);
        }
    }
}
