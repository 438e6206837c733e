package io.fairlead.registry.admin;

import io.fairlead.registry.RegistryServer;
import io.fairlead.registry.RegistrySummary;
import io.fairlead.registry.RegistrySummary.ServiceState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/// The registry's figures as meters.
///
/// Those by service are brought up to date by the registry's loop whenever they change.
@Component
class RegistryMetrics {
    /// So many pairs of service and state are shown at most; a registry with more shows the first in order.
    private static final int MAX_ROWS = 1_000;

    private final MultiGauge instances;

    RegistryMetrics(RegistryServer registry, MeterRegistry meters) {
        this.instances = MultiGauge.builder("fairlead.registry.instances")
                .description("Instances that are listed")
                .register(meters);
        Gauge.builder("fairlead.registry.watchers", registry, r -> r.summary().watchers())
                .description("Gateways that watch")
                .register(meters);
        Gauge.builder("fairlead.registry.suspects", registry, r -> r.summary().suspects())
                .description("Instances that are held although their lease has lapsed")
                .register(meters);
        Gauge.builder("fairlead.registry.warming", registry, r -> r.summary().warming() ? 1 : 0)
                .description("1 while the registry is younger than two leases")
                .register(meters);
        Gauge.builder("fairlead.connections", registry, RegistryServer::links)
                .description("Open connections")
                .tag("listener", "registry")
                .register(meters);
        FunctionCounter.builder("fairlead.links.unauthenticated", registry, RegistryServer::unauthenticated)
                .description("Links refused because the other side did not prove that it knows the secret")
                .register(meters);
        registry.onChange(this::show);
    }

    private void show(RegistrySummary summary) {
        List<MultiGauge.Row<?>> rows = summary.byService().entrySet().stream()
                .sorted(Map.Entry.comparingByKey(
                        Comparator.comparing(ServiceState::service).thenComparing(ServiceState::state)))
                .limit(MAX_ROWS)
                .<MultiGauge.Row<?>>map(entry -> MultiGauge.Row.of(
                        Tags.of(
                                "service", entry.getKey().service(),
                                "state", entry.getKey().state().name()),
                        entry.getValue()))
                .toList();
        instances.register(rows, true);
    }
}
