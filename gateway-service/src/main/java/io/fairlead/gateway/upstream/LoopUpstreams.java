package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.CallPolicies;
import io.fairlead.gateway.call.RetryBudget;
import io.fairlead.gateway.call.RetryBudgets;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallException;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The workers as one event loop sees them: [LoopFleet] knows who they are, [Attempts] sends calls to them. Confined to
/// that loop, but for [#links].
public final class LoopUpstreams {
    private static final byte[] NO_METADATA = {};

    private final EventLoop loop;
    private final LoopClock clock;
    private final RetryBudgets budgets;
    private final Attempts attempts;
    private final LoopFleet fleet;

    LoopUpstreams(
            NettyTransport transport,
            EventLoop loop,
            LinkSettings settings,
            CallPolicies policies,
            RandomGenerator random,
            Balancing balancing,
            Breakers breakers,
            CallCounters counters) {
        int loops = transport.loops().size();
        this.loop = loop;
        this.clock = new LoopClock(loop);
        this.budgets = new RetryBudgets(policies.retry(), loops, System.nanoTime());
        this.attempts = new Attempts(loop, clock, this::method, policies, loops, random, counters);
        this.fleet = new LoopFleet(
                transport, loop, settings, random, attempts, clock::nowNanos, attempts::newMethod, balancing, breakers);
    }

    /// The loop.
    public EventLoop loop() {
        return loop;
    }

    /// The time of the loop's current pass, on the clock of `System.nanoTime`.
    public long nowNanos() {
        return clock.nowNanos();
    }

    /// Calls that have not ended.
    public int inFlight() {
        return attempts.inFlight();
    }

    /// The retry budgets of this loop's clients.
    public RetryBudgets budgets() {
        return budgets;
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
        attempts.begin(call, method);
    }

    /// Calls one of the instances that keep the keys of a service, for the gateway itself. One attempt.
    ///
    /// @param answer completed with the reply's payload, or fails with [CallException]
    void ask(String service, Route route, byte[] payload, long timeoutNanos, CompletableFuture<byte[]> answer) {
        Method method = fleet.ofKeepers(service, route);
        if (method == null) {
            answer.completeExceptionally(CallException.notRun(
                    Status.UNAVAILABLE, "no instance offers a method of '" + service + "' that keeps keys"));
            return;
        }
        long now = nowNanos();
        Call call = new Call(
                new OwnCall(answer),
                0,
                route,
                NO_METADATA,
                Unpooled.wrappedBuffer(payload),
                0,
                payload.length,
                0,
                Priority.NORMAL,
                new RetryBudget(0, 0, now),
                now,
                now + timeoutNanos);
        attempts.begin(call, method);
    }

    /// The client no longer waits.
    public void cancel(Call call) {
        attempts.cancel(call);
    }

    private @Nullable Method method(Route route) {
        return fleet.method(route);
    }

    /// Takes over a changed fleet.
    ///
    /// @param chosen names of the instances to link to
    void apply(Fleet changed, Set<String> chosen) {
        fleet.apply(changed, chosen);
    }

    /// The links, for screens. Thread-safe; a snapshot.
    List<InstanceLink> links() {
        return fleet.links();
    }

    void close() {
        fleet.close();
    }
}
