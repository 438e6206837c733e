package io.fairlead.gateway.health;

import io.fairlead.gateway.discovery.LastKnownView;
import io.fairlead.gateway.listener.Drain;
import io.fairlead.gateway.listener.Listener;
import io.fairlead.gateway.listener.Listeners;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.FleetWatch;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/// Up when at least one registry or other source has shown its view, or an earlier run's is in use, every listener is
/// bound, and the gateway does not drain; the details say what is missing, and how old a view is that nobody has
/// confirmed yet.
@Component("gateway")
class GatewayHealthIndicator extends AbstractHealthIndicator {
    private final Listeners listeners;
    private final FleetWatch watch;
    private final LastKnownView lastKnown;

    GatewayHealthIndicator(Listeners listeners, FleetWatch watch, LastKnownView lastKnown) {
        super("The gateway's health could not be determined");
        this.listeners = listeners;
        this.watch = watch;
        this.lastKnown = lastKnown;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        Fleet fleet = watch.fleet();
        Map<String, Integer> ports = new LinkedHashMap<>();
        for (Listener listener : listeners.all()) {
            ports.put(listener.name(), listener.port());
        }
        boolean bound = listeners.isRunning() && ports.values().stream().allMatch(port -> port > 0);
        builder.withDetail("listeners", ports)
                .withDetail("instances", fleet.instances().size())
                .withDetail("registries", fleet.registries());
        if (fleet.unconfirmed() > 0) {
            builder.withDetail(
                    "lastKnownView",
                    Map.of(
                            "unconfirmedInstances", fleet.unconfirmed(),
                            "savedAt", String.valueOf(lastKnown.loadedFrom()),
                            "reason", "no registry has confirmed these instances since the start"));
        }
        Drain.State drain = listeners.drain().state();
        if (drain != Drain.State.SERVING) {
            builder.outOfService().withDetail("reason", "the gateway drains: " + drain);
        } else if (!bound) {
            builder.outOfService().withDetail("reason", "not every listener is bound");
        } else if (!fleet.seenAny() && fleet.unconfirmed() == 0) {
            builder.outOfService().withDetail("reason", "no registry has shown its view yet");
        } else {
            builder.up();
        }
    }
}
