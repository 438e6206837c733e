package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.balance.Subset;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.call.CallPolicies;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Route;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The workers as all loops of this gateway see them. Thread-safe.
public final class Upstreams implements AutoCloseable {
    private static final long REVIEW_SECONDS = 10;

    private final Map<EventLoop, LoopUpstreams> byLoop = new LinkedHashMap<>();
    private final Subset subset;
    private final ScheduledFuture<?> reviews;
    private final CallCounters counters = new CallCounters();

    /// The fleet, if not all of it is linked; null otherwise. Guarded by this.
    private @Nullable Fleet partly;

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
        this.subset = balancing.subset();
        for (EventLoop loop : transport.loops()) {
            RandomGenerator ofLoop = new SplittableRandom(random.nextLong());
            byLoop.put(
                    loop,
                    new LoopUpstreams(transport, loop, settings, policies, ofLoop, balancing, breakers, counters));
        }
        reviews = transport
                .loops()
                .getFirst()
                .scheduleWithFixedDelay(this::review, REVIEW_SECONDS, REVIEW_SECONDS, TimeUnit.SECONDS);
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
        Set<String> chosen = choose(fleet);
        synchronized (this) {
            tell(fleet, chosen);
        }
    }

    /// Guarded by this, so that all loops hear of fleets in the same order.
    private void tell(Fleet fleet, Set<String> chosen) {
        partly = chosen.size() == fleet.instances().size() ? null : fleet;
        byLoop.forEach((loop, upstreams) -> loop.execute(() -> upstreams.apply(fleet, chosen)));
    }

    /// Where this gateway has links to a part of the fleet, looks whether it still suffices.
    private void review() {
        Fleet fleet;
        synchronized (this) {
            fleet = partly;
        }
        if (fleet != null) {
            review(fleet);
        }
    }

    /// Without effect if another fleet has come meanwhile.
    @SuppressWarnings("ReferenceEquality") // an equal fleet that came later has been told to the loops
    void review(Fleet fleet) {
        Set<String> chosen = choose(fleet);
        synchronized (this) {
            if (partly == fleet) {
                tell(fleet, chosen);
            }
        }
    }

    private Set<String> choose(Fleet fleet) {
        Set<String> gateways = new HashSet<>();
        fleet.registries().forEach(registry -> gateways.addAll(registry.gateways()));
        Set<String> unreachable = new HashSet<>();
        Set<String> reachable = new HashSet<>();
        for (LoopUpstreams loop : byLoop.values()) {
            loop.links()
                    .forEach(link -> (link.isUnreachable() ? unreachable : reachable)
                            .add(link.instance().instance()));
        }
        unreachable.removeAll(reachable);
        List<Subset.Member> members = fleet.instances().stream()
                .map(instance -> new Subset.Member(
                        instance.instance(),
                        instance.services().stream().map(ServiceOffer::name).toList(),
                        instance.state() == InstanceState.UP && !unreachable.contains(instance.instance())))
                .toList();
        return subset.choose(members, gateways);
    }

    /// One line for each instance.
    ///
    /// @param instance as it registered
    /// @param listed whether a registry lists it at the moment
    /// @param connectedLoops how many loops have a link to it
    /// @param suspect whether a link has been silent for two heartbeat intervals: it gets no calls there
    /// @param inFlight calls that it has to answer, over all loops
    /// @param answered calls that it answered with a reply, since its links were made
    /// @param failed calls that it answered with a status or not at all, likewise
    /// @param queuedBytes bytes that wait to be sent to it
    public record InstanceStatus(
            Instance instance,
            boolean listed,
            int connectedLoops,
            boolean suspect,
            int inFlight,
            long answered,
            long failed,
            long queuedBytes) {
        private static InstanceStatus of(InstanceLink link) {
            return new InstanceStatus(
                    link.instance(),
                    link.isListed(),
                    link.isConnected() ? 1 : 0,
                    link.isSuspect(),
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
                    suspect || other.suspect,
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

    /// Services that have methods which run once for each key.
    public Set<String> keyedServices() {
        Set<String> services = new TreeSet<>();
        for (InstanceStatus status : instances()) {
            for (ServiceOffer service : status.instance().services()) {
                if (service.methods().stream().anyMatch(MethodOffer::once)) {
                    services.add(service.name());
                }
            }
        }
        return services;
    }

    /// Calls one of the instances that keep the keys of a service, for the gateway itself. One attempt.
    ///
    /// @return the reply's payload; fails with [io.fairlead.link.call.CallException]
    public CompletableFuture<byte[]> askKeeper(String service, Route route, byte[] payload, Duration timeout) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        LoopUpstreams upstreams = byLoop.values().iterator().next();
        upstreams.loop().execute(() -> upstreams.ask(service, route, payload, timeout.toNanos(), answer));
        return answer;
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
        reviews.cancel(false);
        byLoop.forEach((loop, upstreams) -> loop.execute(upstreams::close));
    }
}
