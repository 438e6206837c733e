package io.fairlead.gateway.upstream;

import io.fairlead.wire.Priority;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// The meters of retries, hedges, deadlines and overload. Thread-safe.
public final class CallMetrics implements MeterBinder {
    private final CallCounters counters;

    /// @param upstreams to be measured
    public CallMetrics(Upstreams upstreams) {
        this.counters = upstreams.counters();
    }

    @Override
    public void bindTo(MeterRegistry target) {
        for (CallCounters.Retry reason : CallCounters.Retry.values()) {
            counter(target, "fairlead.retry.attempts", "Attempts after the first", "reason", reason, counters.retries);
        }
        for (CallCounters.NoRetry why : CallCounters.NoRetry.values()) {
            counter(
                    target,
                    "fairlead.retry.abandoned",
                    "Calls that could have been repeated and were not; budget: the client's is used up",
                    "reason",
                    why,
                    counters.notRetried);
        }
        for (CallCounters.Hedged outcome : CallCounters.Hedged.values()) {
            counter(target, "fairlead.hedge", "Second attempts beside the first", "outcome", outcome, counters.hedges);
        }
        for (CallCounters.Expired when : CallCounters.Expired.values()) {
            counter(
                    target,
                    "fairlead.deadline.expired",
                    "Calls whose deadline passed",
                    "state",
                    when,
                    counters.expired);
        }
        for (Priority priority : Priority.values()) {
            counter(
                    target,
                    "fairlead.overload.shed",
                    "Calls refused because neither the workers nor the queue had room",
                    "priority",
                    priority,
                    counters.shed);
        }
        gauge(target, "fairlead.retry.waiting", "Calls that wait for their next attempt", counters.backingOff);
        gauge(target, "fairlead.overload.waiting", "Calls that wait for a worker to have room", counters.waiting);
        FunctionTimer.builder(
                        "fairlead.overload.waited",
                        counters,
                        c -> c.waited.sum(),
                        c -> c.waitedNanos.sum(),
                        TimeUnit.NANOSECONDS)
                .description("How long calls waited for a worker to have room")
                .register(target);
    }

    private static <E extends Enum<E>> void counter(
            MeterRegistry target, String name, String description, String tag, E value, CallCounters.Family<E> family) {
        FunctionCounter.builder(name, family, f -> f.of(value))
                .description(description)
                .tag(tag, value.name().toLowerCase(Locale.ROOT))
                .register(target);
    }

    private static void gauge(MeterRegistry target, String name, String description, LongAdder value) {
        Gauge.builder(name, value, LongAdder::sum).description(description).register(target);
    }
}
