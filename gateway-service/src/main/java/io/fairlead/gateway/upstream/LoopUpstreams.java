package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.DeadlineWheel;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The workers as one event loop sees them. Confined to that loop, but for [#links] and the counters.
public final class LoopUpstreams implements Outcomes {
    /// How often a call is written at most: with more, one poisonous message could walk through a whole fleet.
    private static final int MAX_ATTEMPTS = 3;

    private final EventLoop loop;
    private final LoopFleet fleet;
    private final DeadlineWheel deadlines;
    private final LongAdder lateReplies;
    private final LongAdder retries;

    private final Runnable clockAges = this::clockAges;
    private boolean clockIsFresh;
    private long nowNanos;
    private int inFlight;

    LoopUpstreams(
            NettyTransport transport,
            EventLoop loop,
            LinkSettings settings,
            RandomGenerator random,
            Balancing balancing,
            Breakers breakers,
            LongAdder lateReplies,
            LongAdder retries) {
        this.loop = loop;
        this.fleet = new LoopFleet(transport, loop, settings, random, this, this::nowNanos, balancing, breakers);
        this.lateReplies = lateReplies;
        this.retries = retries;
        this.deadlines = new DeadlineWheel(loop, this::expired);
    }

    /// The loop.
    public EventLoop loop() {
        return loop;
    }

    /// The time of the loop's current pass, on the clock of `System.nanoTime`: read once a pass, because at a
    /// million calls a second three looks at the clock for each would take a tenth of the loop.
    public long nowNanos() {
        if (!clockIsFresh) {
            clockIsFresh = true;
            nowNanos = System.nanoTime();
            loop.execute(clockAges);
        }
        return nowNanos;
    }

    private void clockAges() {
        clockIsFresh = false;
    }

    /// Calls that have not ended.
    public int inFlight() {
        return inFlight;
    }

    /// The method of a listener's binding, whether or not anybody offers it at the moment.
    public Method bind(Route route) {
        return fleet.bind(route);
    }

    /// The method that a frame's route names; null if nobody offers it.
    public @Nullable Method find(ByteBuf buf, int index, int length) {
        return fleet.find(buf, index, length);
    }

    /// Whether some instance offers a service of this name.
    public boolean knowsService(String service) {
        return fleet.knowsService(service);
    }

    /// Sends a call to one of the method's instances; its origin hears of the end.
    public void dispatch(Call call, Method method) {
        inFlight++;
        deadlines.add(call);
        attempt(call, method);
    }

    /// The client no longer waits.
    public void cancel(Call call) {
        if (call.end()) {
            cancelUpstream(call);
            finish(call);
            call.release();
        }
    }

    private void attempt(Call call, Method method) {
        InstanceLink link = method.picker().pick(call, nowNanos());
        if (link == null) {
            fail(call, Status.UNAVAILABLE, true, 0, OpenBreakers.nobody(method));
            return;
        }
        if (link.isFull()) {
            fail(call, Status.RESOURCE_EXHAUSTED, true, 0, "the instances of " + method.route() + " do not keep up");
            return;
        }
        String refusal = link.send(call, method, nowNanos());
        if (refusal != null) {
            fail(call, Status.RESOURCE_EXHAUSTED, true, 0, refusal);
        }
    }

    // What became of calls; called by the links.

    @Override
    public void answered(Call call, ByteBuf buf, int at, boolean last) {
        if (!last) {
            call.origin().answered(call, buf, at, false);
        } else if (call.end()) {
            finish(call);
            call.origin().answered(call, buf, at, true);
            call.release();
        }
    }

    @Override
    public void answeredWithStatus(Call call, Status status, boolean refused, long retryAfterMillis, String message) {
        if (refused) {
            notRun(call, status, retryAfterMillis, message);
        } else {
            fail(call, status, false, retryAfterMillis, message);
        }
    }

    /// The call certainly has not run: where the instance was the reason, another one may take it.
    @Override
    public void notRun(Call call, Status status, long retryAfterMillis, String message) {
        boolean instanceSpecific = status == Status.UNAVAILABLE || status == Status.RESOURCE_EXHAUSTED;
        if (!instanceSpecific || !retry(call)) {
            fail(call, status, true, retryAfterMillis, message);
        }
    }

    /// The call was written to a link that has ended: it may have run.
    @Override
    public void lost(Call call, String why) {
        Method method = fleet.method(call.route());
        if (method == null || !method.isIdempotent() || !retry(call)) {
            fail(call, Status.UNKNOWN, false, 0, "may have run: " + why);
        }
    }

    private boolean retry(Call call) {
        Method method = fleet.method(call.route());
        if (call.isEnded()
                || method == null
                || call.attempts() >= MAX_ATTEMPTS
                || call.deadlineNanos() - System.nanoTime() <= 0) {
            return false;
        }
        retries.increment();
        attempt(call, method);
        return true;
    }

    @Override
    public void lateReply() {
        lateReplies.increment();
    }

    private void expired(Call call) {
        cancelUpstream(call);
        fail(
                call,
                Status.DEADLINE_EXCEEDED,
                call.attempts() == 0,
                0,
                "no answer within " + (call.deadlineNanos() - call.startNanos()) / 1_000_000 + " ms");
    }

    private static void cancelUpstream(Call call) {
        Call.Upstream upstream = call.upstream();
        if (upstream != null) {
            upstream.cancel(call);
        }
    }

    private void fail(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {
        if (call.end()) {
            finish(call);
            call.origin().failed(call, status, certainlyNotRun, retryAfterMillis, message);
            call.release();
        }
    }

    private void finish(Call call) {
        inFlight--;
        deadlines.remove(call);
    }

    // The control side.

    /// Takes over a changed fleet.
    void apply(Fleet changed) {
        fleet.apply(changed);
    }

    /// The links, for screens. Thread-safe; a snapshot.
    List<InstanceLink> links() {
        return fleet.links();
    }

    void close() {
        fleet.close();
    }
}
