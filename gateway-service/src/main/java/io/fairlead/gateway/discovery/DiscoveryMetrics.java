package io.fairlead.gateway.discovery;

import io.fairlead.link.discovery.FleetWatch;
import io.fairlead.link.discovery.RegistryView;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;

/// What the gateway knows of the fleet, from whom, and how old that is.
final class DiscoveryMetrics implements MeterBinder {
    private final FleetWatch watch;
    private final LastKnownView view;

    DiscoveryMetrics(FleetWatch watch, LastKnownView view) {
        this.watch = watch;
        this.view = view;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder(
                        "fairlead.discovery.registries",
                        watch,
                        each -> each.fleet().registries().stream()
                                .filter(RegistryView::connected)
                                .count())
                .description("Registries and other sources that the gateway hears of at the moment")
                .register(registry);
        Gauge.builder(
                        "fairlead.discovery.instances",
                        watch,
                        each -> each.fleet().instances().size())
                .description("Instances that the gateway knows")
                .register(registry);
        Gauge.builder(
                        "fairlead.discovery.unconfirmed",
                        watch,
                        each -> each.fleet().unconfirmed())
                .description("Instances that are known from an earlier run alone")
                .register(registry);
        TimeGauge.builder(
                        "fairlead.discovery.view.age",
                        view,
                        TimeUnit.SECONDS,
                        each -> each.age().toSeconds())
                .description("Time since a registry or other source last confirmed the view on the disk")
                .register(registry);
    }
}
