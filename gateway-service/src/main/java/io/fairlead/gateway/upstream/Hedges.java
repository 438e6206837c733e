package io.fairlead.gateway.upstream;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.Hedge;
import io.fairlead.gateway.call.HedgeProperties;
import io.fairlead.gateway.call.LatencyQuantile;
import io.fairlead.link.TimerWheel;
import io.fairlead.wire.Route;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// When calls get a second attempt beside their first: as soon as that takes longer than a quantile of the method's
/// own recent latency. Methods that are not hedged have no [LatencyQuantile], and nothing here happens for them.
/// Confined to its loop.
///
/// Source: J. Dean, L. A. Barroso, "The Tail at Scale", CACM 2013.
final class Hedges {
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final HedgeProperties properties;
    private final long minDelayNanos;
    private final TimerWheel<Hedge> timers;

    /// @param due called with each call whose first attempt takes too long
    Hedges(HedgeProperties properties, EventLoop loop, Consumer<Call> due) {
        this.properties = properties;
        this.minDelayNanos = properties.minDelay().toNanos();
        this.timers = new TimerWheel<>(loop, TICK_NANOS, hedge -> due.accept(hedge.call()));
    }

    /// What is kept for a new method; null if it is not hedged.
    @Nullable LatencyQuantile latencyOf(Route route) {
        return properties.covers(route) ? new LatencyQuantile(properties.quantile()) : null;
    }

    /// An attempt was written; if it is the call's first, it may be hedged.
    void written(Call call, Method method, LatencyQuantile latency, long nowNanos) {
        if (call.attempts() > 1 || !method.isIdempotent()) {
            return;
        }
        Hedge hedge = new Hedge(call, latency, nowNanos);
        call.detour().hedge(hedge);
        long usualNanos = latency.nanos();
        long dueNanos = nowNanos + Math.max(usualNanos, minDelayNanos);
        if (usualNanos >= 0 && dueNanos - call.deadlineNanos() < 0) {
            timers.add(hedge, dueNanos);
        }
    }

    /// The call has ended, or its answer has begun: no second attempt any more.
    void forget(Hedge hedge) {
        timers.remove(hedge);
    }
}
