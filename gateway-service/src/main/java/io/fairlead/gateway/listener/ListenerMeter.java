package io.fairlead.gateway.listener;

import io.fairlead.link.CloseReason;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What a listener counts. Thread-safe; recording a call looks nothing up but its method and status.
final class ListenerMeter {
    private static final Duration[] BUCKETS = {
        Duration.ofNanos(100_000), Duration.ofNanos(250_000), Duration.ofNanos(500_000), Duration.ofMillis(1),
        Duration.ofNanos(2_500_000), Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25),
        Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500),
        Duration.ofSeconds(1), Duration.ofMillis(2_500), Duration.ofSeconds(5), Duration.ofSeconds(10)
    };

    private final MeterRegistry registry;
    private final String listener;
    private final Map<Route, RouteMeter> routes = new ConcurrentHashMap<>();
    private final Map<CloseReason, Counter> closed = new EnumMap<>(CloseReason.class);
    private final LongAdder inFlight = new LongAdder();

    ListenerMeter(MeterRegistry registry, String listener, LongSupplier connections, LongSupplier queuedBytes) {
        this.registry = registry;
        this.listener = listener;
        Gauge.builder("fairlead.calls.in.flight", inFlight, LongAdder::sum)
                .description("Calls that have not been answered yet")
                .tag("listener", listener)
                .register(registry);
        Gauge.builder("fairlead.connections", connections, LongSupplier::getAsLong)
                .description("Open client connections")
                .tag("listener", listener)
                .strongReference(true)
                .register(registry);
        Gauge.builder("fairlead.queue.bytes", queuedBytes, LongSupplier::getAsLong)
                .description("Bytes of replies that clients have not read yet")
                .baseUnit("bytes")
                .tag("listener", listener)
                .strongReference(true)
                .register(registry);
        for (CloseReason reason : CloseReason.values()) {
            closed.put(
                    reason,
                    Counter.builder("fairlead.connections.closed")
                            .description("Client connections that ended, by reason")
                            .tag("listener", listener)
                            .tag("reason", reason.name())
                            .register(registry));
        }
    }

    void began() {
        inFlight.increment();
    }

    void forgotten() {
        inFlight.decrement();
    }

    /// What is counted for a route. Keep it: finding it costs a look-up.
    RouteMeter route(Route route) {
        return routes.computeIfAbsent(route, RouteMeter::new);
    }

    /// The calls of one route.
    final class RouteMeter {
        private final Route route;

        /// By status code; a race makes the same timer twice, which the registry gives out once.
        private final @Nullable Timer[] timers = new Timer[Status.values().length];

        RouteMeter(Route route) {
            this.route = route;
        }

        Route route() {
            return route;
        }

        void ended(Status status, long nanos) {
            inFlight.decrement();
            Timer timer = timers[status.code()];
            if (timer == null) {
                timer = timer(route, status);
                timers[status.code()] = timer;
            }
            timer.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    void closed(CloseReason reason) {
        Counter counter = closed.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    /// How many connections ended for each reason, without those that never occurred.
    Map<CloseReason, Long> closedByReason() {
        Map<CloseReason, Long> counts = new EnumMap<>(CloseReason.class);
        closed.forEach((reason, counter) -> {
            if (counter.count() > 0) {
                counts.put(reason, (long) counter.count());
            }
        });
        return counts;
    }

    private Timer timer(Route route, Status status) {
        return Timer.builder("fairlead.calls")
                .description("Calls from their arrival at the gateway to their answer")
                .tag("listener", listener)
                .tag("service", route.service())
                .tag("method", route.method())
                .tag("status", status.name())
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
