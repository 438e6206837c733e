package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.call.CallPolicies;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.Instance;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// The workers as all loops of this gateway see them. Thread-safe.
public final class Upstreams implements AutoCloseable {
    private final Map<EventLoop, LoopUpstreams> byLoop = new LinkedHashMap<>();
    private final CallCounters counters = new CallCounters();

    /// @param transport whose loops serve the listeners; each gets links of its own
    /// @param settings of the links to workers
    /// @param policies of retries, hedges and overload
    /// @param random gives each loop a generator of its own, for back-off and the choice of instances
    /// @param balancing how instances are chosen
    /// @param breakers that say whom to keep out
    public Upstreams(
            NettyTransport transport,
            LinkSettings settings,
            CallPolicies policies,
            RandomGenerator random,
            Balancing balancing,
            Breakers breakers) {
        for (EventLoop loop : transport.loops()) {
            RandomGenerator ofLoop = new SplittableRandom(random.nextLong());
            byLoop.put(
                    loop,
                    new LoopUpstreams(transport, loop, settings, policies, ofLoop, balancing, breakers, counters));
        }
    }

    /// The upstreams of a loop.
    public LoopUpstreams of(EventLoop loop) {
        LoopUpstreams upstreams = byLoop.get(loop);
        if (upstreams == null) {
            throw new IllegalArgumentException("loop: " + loop + " (expected: one of the gateway's transport)");
        }
        return upstreams;
    }

    /// All loops.
    public List<LoopUpstreams> loops() {
        return List.copyOf(byLoop.values());
    }

    /// Tells all loops of a changed fleet. Returns at once.
    public void update(Fleet fleet) {
        byLoop.forEach((loop, upstreams) -> loop.execute(() -> upstreams.apply(fleet)));
    }

    /// One line for each instance.
    ///
    /// @param instance as it registered
    /// @param listed whether a registry lists it at the moment
    /// @param connectedLoops how many loops have a link to it
    /// @param inFlight calls that it has to answer, over all loops
    /// @param answered calls that it answered with a reply, since its links were made
    /// @param failed calls that it answered with a status or not at all, likewise
    /// @param queuedBytes bytes that wait to be sent to it
    public record InstanceStatus(
            Instance instance,
            boolean listed,
            int connectedLoops,
            int inFlight,
            long answered,
            long failed,
            long queuedBytes) {
        private static InstanceStatus of(InstanceLink link) {
            return new InstanceStatus(
                    link.instance(),
                    link.isListed(),
                    link.isConnected() ? 1 : 0,
                    link.inFlight(),
                    link.answered(),
                    link.failed(),
                    link.queuedBytes());
        }

        private InstanceStatus plus(InstanceStatus other) {
            return new InstanceStatus(
                    other.instance,
                    listed && other.listed,
                    connectedLoops + other.connectedLoops,
                    inFlight + other.inFlight,
                    answered + other.answered,
                    failed + other.failed,
                    queuedBytes + other.queuedBytes);
        }
    }

    /// The instances, for screens and metrics; slightly old.
    public List<InstanceStatus> instances() {
        Map<String, InstanceStatus> merged = new LinkedHashMap<>();
        for (LoopUpstreams loop : byLoop.values()) {
            for (InstanceLink link : loop.links()) {
                merged.merge(link.instance().instance(), InstanceStatus.of(link), InstanceStatus::plus);
            }
        }
        return new ArrayList<>(merged.values());
    }

    /// Answers that came after their call had ended, and were dropped.
    public long lateReplies() {
        return counters.lateReplies.sum();
    }

    /// Attempts after the first.
    public long retries() {
        long sum = 0;
        for (CallCounters.Retry reason : CallCounters.Retry.values()) {
            sum += counters.retries.of(reason);
        }
        return sum;
    }

    CallCounters counters() {
        return counters;
    }

    /// Ends all links. Calls in flight end with UNKNOWN.
    @Override
    public void close() {
        byLoop.forEach((loop, upstreams) -> loop.execute(upstreams::close));
    }
}
