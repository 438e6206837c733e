package io.fairlead.gateway.breaker;

import io.fairlead.wire.Route;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The breakers of the gateway: one for each instance, named like it, in Resilience4j's registry, where its meters,
/// health indicator and endpoints find them. Thread-safe.
///
/// A breaker lives while a loop has a link to its instance; a new incarnation (epoch) begins with a new one. Settings
/// are those of `resilience4j.circuitbreaker.instances.<instance>`, else `configs.default`; the window is lock-free
/// whatever they say, because loops share it.
public final class Breakers {
    /// Outcomes that a loop records in a second, about: half a percent of its time.
    static final int RECORDS_PER_SECOND = 10_000;

    /// What a link may record in a second at least, however many links there are.
    private static final int MIN_RECORDS_PER_SECOND = 100;

    private static final Logger log = LoggerFactory.getLogger(Breakers.class);

    private record Held(InstanceBreaker breaker, int links) {}

    private final CircuitBreakerRegistry registry;
    private final EjectionProperties rules;
    private final LongSupplier nanos;
    private final Map<String, CircuitBreakerConfig> own = new HashMap<>();
    private final Map<String, Held> held = new ConcurrentHashMap<>();
    private final Map<Route, Ejections.Decision> decisions = new ConcurrentHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final LongAdder opened = new LongAdder();

    /// @param registry holds what is configured under `resilience4j.circuitbreaker`
    /// @param nanos the clock of `System.nanoTime`
    public Breakers(CircuitBreakerRegistry registry, EjectionProperties rules, LongSupplier nanos) {
        this.registry = registry;
        this.rules = rules;
        this.nanos = nanos;
        registry.getAllCircuitBreakers()
                .forEach(configured -> own.put(configured.getName(), configured.getCircuitBreakerConfig()));
    }

    /// Which breakers are heeded.
    public EjectionProperties rules() {
        return rules;
    }

    /// Called when a breaker has opened or closed; on any thread, and must not block.
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /// What stands before the instance's breaker on a link; to be closed with it.
    ///
    /// @param random for which outcomes are recorded
    public LinkBreaker link(String instance, long epoch, RandomGenerator random) {
        Held now = held.compute(
                instance,
                (name, known) -> known != null && known.breaker().epoch() >= epoch
                        ? new Held(known.breaker(), known.links() + 1)
                        : new Held(create(name, epoch), 1));
        long nowNanos = nanos.getAsLong();
        return new LinkBreaker(this, now.breaker(), new Thinning(random.nextLong(), nowNanos), nowNanos);
    }

    private InstanceBreaker create(String instance, long epoch) {
        registry.remove(instance);
        CircuitBreakerConfig config = own.getOrDefault(instance, registry.getDefaultConfig());
        InstanceBreaker created = new InstanceBreaker(registry.circuitBreaker(instance, lockFree(config)), epoch);
        created.circuitBreaker().getEventPublisher().onStateTransition(event -> changed(created, event));
        return created;
    }

    private static CircuitBreakerConfig lockFree(CircuitBreakerConfig config) {
        // Resilience4j refuses a lock-free window of one second.
        return config.getSlidingWindowType() == SlidingWindowType.TIME_BASED && config.getSlidingWindowSize() < 2
                ? config
                : CircuitBreakerConfig.from(config)
                        .slidingWindowSynchronizationStrategy(SlidingWindowSynchronizationStrategy.LOCK_FREE)
                        .build();
    }

    /// A link has gone, with the last one the breaker.
    void left(InstanceBreaker breaker) {
        held.computeIfPresent(breaker.name(), (name, known) -> {
            if (known.breaker() != breaker) {
                return known;
            }
            if (known.links() > 1) {
                return new Held(breaker, known.links() - 1);
            }
            registry.remove(name);
            return null;
        });
    }

    private void changed(InstanceBreaker breaker, CircuitBreakerOnStateTransitionEvent event) {
        CircuitBreaker.State from = event.getStateTransition().getFromState();
        CircuitBreaker.State to = event.getStateTransition().getToState();
        boolean passed = InstanceBreaker.passes(from);
        boolean passes = InstanceBreaker.passes(to);
        if (passed && !passes) {
            breaker.opened(nanos.getAsLong());
            opened.increment();
        }
        if (passed != passes) {
            log.info("Instance {}: breaker {} -> {}", breaker.name(), from, to);
        } else {
            log.debug("Instance {}: breaker {} -> {}", breaker.name(), from, to);
        }
        listeners.forEach(Runnable::run);
    }

    boolean tripsAfter(int failuresInARow) {
        return rules.consecutiveFailures() > 0 && failuresInARow >= rules.consecutiveFailures();
    }

    /// What each of so many links may record in one period of [Thinning].
    static int quota(int links) {
        int perSecond = Math.max(MIN_RECORDS_PER_SECOND, RECORDS_PER_SECOND / Math.max(1, links));
        return (int) (perSecond * Thinning.PERIOD_NANOS / 1_000_000_000);
    }

    /// Takes note of what a loop decided for a method, for screens. Panic is logged when it begins and when it ends.
    public void decided(Route method, Ejections.Decision decision) {
        Ejections.Decision before = decision.isNone() ? decisions.remove(method) : decisions.put(method, decision);
        boolean was = before != null && before.panic();
        if (decision.panic() && !was) {
            log.warn(
                    "{}: less than {} % of its instances are available with a closed breaker: breakers are ignored"
                            + " (fairlead.gateway.ejection.panic-threshold)",
                    method, rules.panicThreshold());
        } else if (was && !decision.panic()) {
            log.info("{}: enough instances are available again: breakers are heeded", method);
        }
    }

    /// Closes the breaker of an instance and forgets what it has recorded.
    ///
    /// @return false if there is none of this name
    public boolean reset(String instance) {
        Held known = held.get(instance);
        if (known == null) {
            return false;
        }
        known.breaker().circuitBreaker().reset();
        return true;
    }

    /// A breaker, for screens.
    ///
    /// @param instance whose it is
    /// @param epoch which incarnation of the instance
    /// @param state Resilience4j's
    /// @param failureRate percent of the recorded calls in the window; -1 while there are too few of them
    /// @param slowCallRate likewise
    /// @param recordedCalls in the window; a sample where there are many
    /// @param failedCalls among them
    /// @param notPermittedCalls times that a loop asked in vain whether it may probe
    /// @param ejectedFrom methods for which the instance gets no calls but probes
    public record BreakerStatus(
            String instance,
            long epoch,
            CircuitBreaker.State state,
            float failureRate,
            float slowCallRate,
            int recordedCalls,
            int failedCalls,
            long notPermittedCalls,
            List<String> ejectedFrom) {}

    /// All breakers, by name.
    public List<BreakerStatus> all() {
        return held.values().stream()
                .map(each -> status(each.breaker()))
                .sorted(Comparator.comparing(BreakerStatus::instance))
                .toList();
    }

    private BreakerStatus status(InstanceBreaker breaker) {
        CircuitBreaker.Metrics metrics = breaker.circuitBreaker().getMetrics();
        return new BreakerStatus(
                breaker.name(),
                breaker.epoch(),
                breaker.circuitBreaker().getState(),
                metrics.getFailureRate(),
                metrics.getSlowCallRate(),
                metrics.getNumberOfBufferedCalls(),
                metrics.getNumberOfFailedCalls(),
                metrics.getNumberOfNotPermittedCalls(),
                decisions.entrySet().stream()
                        .filter(entry -> entry.getValue().ejected().contains(breaker.name()))
                        .map(entry -> entry.getKey().toString())
                        .sorted()
                        .toList());
    }

    /// Instances that some method keeps out at the moment.
    public Set<String> ejected() {
        Set<String> names = new TreeSet<>();
        decisions.values().forEach(decision -> names.addAll(decision.ejected()));
        return names;
    }

    /// Methods that ignore breakers at the moment, because too few instances are left.
    public Set<String> panicking() {
        Set<String> methods = new TreeSet<>();
        decisions.forEach((method, decision) -> {
            if (decision.panic()) {
                methods.add(method.toString());
            }
        });
        return methods;
    }

    /// How often a breaker has opened.
    public long opened() {
        return opened.sum();
    }
}
