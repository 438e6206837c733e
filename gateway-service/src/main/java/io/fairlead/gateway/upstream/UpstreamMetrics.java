package io.fairlead.gateway.upstream;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;

/// The gauges of each instance, which come and go with the fleet.
public final class UpstreamMetrics implements MeterBinder {
    private final Upstreams upstreams;
    private @Nullable MultiGauge inFlight;
    private @Nullable MultiGauge links;

    /// @param upstreams to be measured
    public UpstreamMetrics(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("fairlead.upstream.late.replies", upstreams, Upstreams::lateReplies)
                .description("Answers that came after their call had ended, and were dropped")
                .register(registry);
        FunctionCounter.builder("fairlead.upstream.retries", upstreams, Upstreams::retries)
                .description("Attempts after the first")
                .register(registry);
        inFlight = MultiGauge.builder("fairlead.upstream.in.flight")
                .description("Calls that an instance has to answer")
                .register(registry);
        links = MultiGauge.builder("fairlead.upstream.links")
                .description("Links to an instance")
                .register(registry);
        refresh();
    }

    /// Brings the set of instances up to date.
    @Scheduled(fixedRateString = "PT5S")
    void refresh() {
        MultiGauge calls = inFlight;
        MultiGauge connected = links;
        if (calls == null || connected == null) {
            return;
        }
        List<MultiGauge.Row<?>> callRows = new ArrayList<>();
        List<MultiGauge.Row<?>> linkRows = new ArrayList<>();
        for (Upstreams.InstanceStatus status : upstreams.instances()) {
            Tags tags = Tags.of("instance", status.instance().instance());
            callRows.add(MultiGauge.Row.of(tags, status, Upstreams.InstanceStatus::inFlight));
            linkRows.add(MultiGauge.Row.of(tags, status, Upstreams.InstanceStatus::connectedLoops));
        }
        calls.register(callRows, true);
        connected.register(linkRows, true);
    }
}
