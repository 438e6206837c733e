package io.fairlead.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.RegistryApi.LeaseTerms;
import io.fairlead.link.discovery.RegistryApi.Leaving;
import io.fairlead.link.discovery.RegistryApi.Listening;
import io.fairlead.link.discovery.RegistryApi.Renewal;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.link.discovery.Wish;
import io.fairlead.registry.RegistrySummary.ServiceState;
import io.fairlead.registry.lease.Change;
import io.fairlead.registry.lease.Lease;
import io.fairlead.registry.lease.LeaseClock;
import io.fairlead.registry.lease.Leases;
import io.fairlead.registry.lease.Outcome;
import io.fairlead.registry.watch.Watchers;
import io.fairlead.registry.wish.WishOutcome;
import io.fairlead.registry.wish.Wishes;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers the calls of workers and gateways from the leases, and tells watchers of what changes.
///
/// Confined to the registry's event loop, but for [#summary].
final class RegistryLoop {
    /// Least time between two digests that tell of other gateways.
    private static final long GATEWAYS_DIGEST_NANOS = 3_000_000_000L;

    private static final Logger log = LoggerFactory.getLogger(RegistryLoop.class);
    private static final byte[] EMPTY_OBJECT = "{}".getBytes(UTF_8);
    private static final Duration FULL_RETRY_AFTER = Duration.ofSeconds(5);

    private final RegistryProperties settings;
    private final Consumer<RegistrySummary> onChange;
    private final LeaseClock clock;
    private final Leases leases;
    private final Watchers watchers;
    private final Wishes wishes = new Wishes();
    private final FleetLog fleetLog = new FleetLog();
    private LeaseTerms terms;
    private byte[] encodedTerms;
    private Duration heartbeat;
    private final long digestNanos;
    private long lastDigestNanos;
    private boolean warming = true;

    /// Written on the loop, read by anyone.
    private volatile RegistrySummary summary = RegistrySummary.NOTHING;

    /// @param nanos monotonic time
    /// @param onChange hears of new figures, on the loop
    RegistryLoop(RegistryProperties settings, String name, LongSupplier nanos, Consumer<RegistrySummary> onChange) {
        this.settings = settings;
        this.onChange = onChange;
        this.clock = new LeaseClock(nanos, 4 * tickMillis(settings) * 1_000_000);
        long now = clock.now();
        this.leases = new Leases(settings.leases(), now);
        this.watchers = new Watchers(name, settings.maxWatchers());
        this.terms = leases.terms();
        this.encodedTerms = DiscoveryJson.write(terms);
        this.heartbeat = heartbeat(terms);
        this.digestNanos = settings.digest().toNanos();
        this.lastDigestNanos = now;
    }

    /// How often [#tick] is to be called, in milliseconds.
    static long tickMillis(RegistryProperties settings) {
        return Math.clamp(settings.lease().toMillis() / 20, 10, 250);
    }

    Map<Route, CallHandler> handlers() {
        return Map.of(
                RegistryApi.REGISTER, call -> handle(call, this::register),
                RegistryApi.RENEW, call -> handle(call, this::renew),
                RegistryApi.LEAVE, call -> handle(call, this::leave),
                RegistryApi.WATCH, this::watch,
                RegistryApi.WISHES, call -> handle(call, this::wishes));
    }

    /// Ends leases and tells watchers what they should have, where it is time.
    void tick() {
        long now = clock.now();
        publish(leases.expire(now));
        boolean warmingNow = leases.isWarming(now);
        // That the warming is over is told at once: until then gateways remove nobody because of this registry.
        // So are new gateways, but not each by itself: in a large fleet the list of them is long.
        boolean gatewaysChanged = now - lastDigestNanos >= GATEWAYS_DIGEST_NANOS && watchers.gatewaysChanged();
        if (warmingNow != warming || gatewaysChanged || now - lastDigestNanos >= digestNanos) {
            warming = warmingNow;
            lastDigestNanos = now;
            watchers.digest(leases.size(), warming);
        }
        summarize();
        fleetLog.flush();
    }

    void close() {
        watchers.close("the registry shuts down");
        wishes.close("the registry shuts down");
    }

    List<Lease> list() {
        return leases.leases(clock.now());
    }

    /// As of the latest tick. From any thread.
    RegistrySummary summary() {
        return summary;
    }

    private static void handle(IncomingCall call, CallHandler handler) {
        try {
            handler.handle(call);
        } catch (IllegalArgumentException e) {
            log.debug("{} from {}: {}", call.route(), call.link().remoteAddress(), e.getMessage());
            call.fail(Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    private void register(IncomingCall call) {
        long max = settings.maxRegistrationSize().toBytes();
        if (call.payload().length > max) {
            throw new IllegalArgumentException("payload: " + call.payload().length + " bytes (expected: at most " + max
                    + ", fairlead.registry.max-registration-size)");
        }
        Instance instance = DiscoveryJson.read(call.payload(), Instance.class);
        if (instance.epoch() < 1) {
            throw new IllegalArgumentException("epoch: " + instance.epoch() + " (expected: at least 1)");
        }
        int methods = 0;
        for (ServiceOffer service : instance.services()) {
            methods += service.methods().size();
        }
        if (methods > settings.maxMethods() || instance.services().size() > settings.maxMethods()) {
            throw new IllegalArgumentException(
                    "services: " + instance.services().size() + " with " + methods + " methods (expected: at most "
                            + settings.maxMethods() + ", fairlead.registry.max-methods)");
        }
        int bytes = DiscoveryJson.write(instance).length;
        answer(call, leases.register(instance, bytes, clock.now()));
        heard(instance.instance());
    }

    private void renew(IncomingCall call) {
        Renewal renewal = DiscoveryJson.read(call.payload(), Renewal.class);
        answer(call, leases.renew(renewal, clock.now()));
        heard(renewal.instance());
    }

    private void leave(IncomingCall call) {
        Leaving leaving = DiscoveryJson.read(call.payload(), Leaving.class);
        Change change = leases.leave(leaving.instance(), leaving.epoch(), clock.now());
        call.reply(EMPTY_OBJECT);
        publish(change);
    }

    private void watch(IncomingCall call) {
        watchers.watch(call, leases.instances(), leases.isWarming(clock.now()));
    }

    private void wishes(IncomingCall call) {
        Listening listening = DiscoveryJson.read(call.payload(), Listening.class);
        if (isListed(listening.instance(), listening.epoch())) {
            wishes.listen(call, listening);
        } else {
            call.fail(Status.NOT_FOUND, "no lease of this instance and epoch: register");
        }
    }

    private boolean isListed(String name, long epoch) {
        return leases.find(name, clock.now())
                .filter(lease -> lease.instance().epoch() == epoch)
                .isPresent();
    }

    /// Passes a wish on to its instance.
    ///
    /// @param fulfilled completed with true once the instance says that it is so; the caller ends it otherwise
    /// @return [WishOutcome.Told], unless there is nothing to wait for
    WishOutcome tell(String name, Wish wish, CompletableFuture<Boolean> fulfilled) {
        Lease lease = leases.find(name, clock.now()).orElse(null);
        if (lease == null) {
            return new WishOutcome.Unknown();
        }
        // Also when it is so already: this registry may not have heard the latest, and the instance answers at once.
        return wishes.tell(lease.instance(), wish, fulfilled)
                ? new WishOutcome.Told(lease)
                : new WishOutcome.Unreachable(lease);
    }

    /// The lease of an instance that was told.
    WishOutcome told(String name, boolean fulfilled) {
        return leases.find(name, clock.now())
                .<WishOutcome>map(lease -> fulfilled ? new WishOutcome.Fulfilled(lease) : new WishOutcome.Told(lease))
                .orElseGet(WishOutcome.Unknown::new);
    }

    /// Whoever waits for an instance hears of it once it is listed so.
    private void heard(String name) {
        leases.find(name, clock.now()).ifPresent(lease -> wishes.heard(lease.instance()));
    }

    private void answer(IncomingCall call, Outcome outcome) {
        switch (outcome) {
            case Outcome.Accepted(Change change) -> {
                grant(call);
                publish(change);
            }
            case Outcome.Outdated(long highest) ->
                call.fail(
                        Status.FAILED_PRECONDITION,
                        "epoch: a later incarnation of this instance is known (expected: above " + highest + ")",
                        Duration.ZERO,
                        Metadata.EMPTY.with(Metadata.HIGHEST_EPOCH, Long.toString(highest)));
            case Outcome.Unknown() -> call.fail(Status.NOT_FOUND, "no lease of this instance and epoch: register");
            case Outcome.Full(String why) -> {
                log.warn("Instance from {} refused: {}", call.link().remoteAddress(), why);
                call.fail(Status.RESOURCE_EXHAUSTED, why, FULL_RETRY_AFTER, Metadata.EMPTY);
            }
        }
    }

    private void grant(IncomingCall call) {
        LeaseTerms now = leases.terms();
        if (!now.equals(terms)) {
            terms = now;
            encodedTerms = DiscoveryJson.write(now);
            heartbeat = heartbeat(now);
        }
        call.link().heartbeatEvery(heartbeat);
        call.reply(encodedTerms);
    }

    private static Duration heartbeat(LeaseTerms terms) {
        return RegistryProperties.heartbeat(Duration.ofMillis(terms.renewMillis()));
    }

    private void publish(Change change) {
        fleetLog.add(change);
        watchers.publish(change);
    }

    private void summarize() {
        RegistrySummary before = summary;
        boolean sameInstances = before.version() == watchers.version();
        if (sameInstances
                && before.suspects() == leases.suspects()
                && before.watchers() == watchers.size()
                && before.warming() == warming) {
            return;
        }
        summary = new RegistrySummary(
                leases.size(),
                leases.suspects(),
                watchers.size(),
                warming,
                watchers.version(),
                sameInstances ? before.byService() : byService());
        onChange.accept(summary);
    }

    private Map<ServiceState, Integer> byService() {
        Map<ServiceState, Integer> counts = new HashMap<>();
        for (Instance instance : leases.instances()) {
            for (ServiceOffer service : instance.services()) {
                counts.merge(new ServiceState(service.name(), instance.state()), 1, Integer::sum);
            }
        }
        return counts;
    }
}
