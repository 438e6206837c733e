package io.fairlead.gateway.upstream;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;

/// The meters of each instance, which come and go with the fleet. Bound and refreshed by one thread at a time.
public final class UpstreamMetrics implements MeterBinder {
    private static final String INSTANCE = "instance";

    private final Upstreams upstreams;
    private final Map<String, List<Meter>> meters = new HashMap<>();
    private volatile Map<String, Upstreams.InstanceStatus> seen = Map.of();
    private @Nullable MeterRegistry registry;

    /// @param upstreams to be measured
    public UpstreamMetrics(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public void bindTo(MeterRegistry target) {
        FunctionCounter.builder("fairlead.upstream.late.replies", upstreams, Upstreams::lateReplies)
                .description("Answers that came after their call had ended, and were dropped")
                .register(target);
        FunctionCounter.builder("fairlead.upstream.retries", upstreams, Upstreams::retries)
                .description("Attempts after the first")
                .register(target);
        Gauge.builder("fairlead.upstream.reachable", this, UpstreamMetrics::reachable)
                .description("Instances to which there is a link: with none every call is refused")
                .register(target);
        synchronized (this) {
            registry = target;
        }
        refresh();
    }

    /// Brings the set of instances and their figures up to date.
    @Scheduled(fixedRateString = "PT2S")
    synchronized void refresh() {
        MeterRegistry target = registry;
        if (target == null) {
            return;
        }
        Map<String, Upstreams.InstanceStatus> now = new HashMap<>();
        upstreams.instances().forEach(status -> now.put(status.instance().instance(), status));
        seen = now;
        now.keySet().forEach(name -> meters.computeIfAbsent(name, key -> register(target, key)));
        meters.entrySet().removeIf(entry -> {
            boolean gone = !now.containsKey(entry.getKey());
            if (gone) {
                entry.getValue().forEach(target::remove);
            }
            return gone;
        });
    }

    private List<Meter> register(MeterRegistry target, String name) {
        return List.of(
                counter(target, name, "answered", Upstreams.InstanceStatus::answered),
                counter(target, name, "failed", Upstreams.InstanceStatus::failed),
                gauge(target, name, "in.flight", "Calls that an instance has to answer", s -> s.inFlight()),
                gauge(target, name, "links", "Links to an instance", s -> s.connectedLoops()),
                gauge(target, name, "queue.bytes", "Bytes that wait to be sent to an instance", s -> s.queuedBytes()));
    }

    private Meter counter(
            MeterRegistry target, String name, String outcome, ToDoubleFunction<Upstreams.InstanceStatus> value) {
        return FunctionCounter.builder("fairlead.upstream.calls", this, self -> self.value(name, value))
                .description("Calls that an instance answered with a reply, or failed")
                .tag(INSTANCE, name)
                .tag("outcome", outcome)
                .register(target);
    }

    private Meter gauge(
            MeterRegistry target,
            String name,
            String what,
            String description,
            ToDoubleFunction<Upstreams.InstanceStatus> value) {
        return Gauge.builder("fairlead.upstream." + what, this, self -> self.value(name, value))
                .description(description)
                .tag(INSTANCE, name)
                .register(target);
    }

    private double reachable() {
        return seen.values().stream()
                .filter(status -> status.connectedLoops() > 0)
                .count();
    }

    private double value(String name, ToDoubleFunction<Upstreams.InstanceStatus> value) {
        Upstreams.InstanceStatus status = seen.get(name);
        return status == null ? 0 : value.applyAsDouble(status);
    }
}
