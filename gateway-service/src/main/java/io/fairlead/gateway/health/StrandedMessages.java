package io.fairlead.gateway.health;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.FleetWatch;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Says once that messages wait for this gateway alone, where there are others that could deliver them.
@Component
class StrandedMessages {
    private static final Logger log = LoggerFactory.getLogger(StrandedMessages.class);

    private final Deliveries deliveries;
    private final Supplier<Fleet> fleet;
    private final AtomicBoolean said = new AtomicBoolean();

    @Autowired
    StrandedMessages(Deliveries deliveries, FleetWatch watch) {
        this(deliveries, watch::fleet);
    }

    StrandedMessages(Deliveries deliveries, Supplier<Fleet> fleet) {
        this.deliveries = deliveries;
        this.fleet = fleet;
    }

    @Scheduled(fixedRateString = "PT5S")
    void look() {
        if (said.get() || deliveries.journal().store().isShared()) {
            return;
        }
        Set<String> gateways = new TreeSet<>();
        fleet.get().registries().forEach(registry -> gateways.addAll(registry.gateways()));
        if (gateways.size() > 1 && said.compareAndSet(false, true)) {
            log.warn(
                    "There are {} gateways ({}), and this one keeps its durable messages in {}: what it has acknowledged"
                            + " and not yet delivered waits while it is down. Where that is too long, let the gateways share"
                            + " a store: fairlead.gateway.journal.url=jdbc:postgresql://HOST/DATABASE",
                    gateways.size(),
                    String.join(", ", gateways),
                    deliveries.journal().store().description());
        }
    }
}
