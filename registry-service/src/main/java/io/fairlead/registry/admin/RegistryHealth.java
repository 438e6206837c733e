package io.fairlead.registry.admin;

import io.fairlead.registry.RegistryServer;
import io.fairlead.registry.RegistrySummary;
import java.util.concurrent.TimeoutException;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/// Up when links are accepted and the registry's loop answers. Warming is no fault: gateways know what to do with it.
@Component("registry")
class RegistryHealth extends AbstractHealthIndicator {
    private static final long TIMEOUT_MILLIS = 1_000;

    private final RegistryServer registry;

    RegistryHealth(RegistryServer registry) {
        super("The registry's health could not be determined");
        this.registry = registry;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) throws InterruptedException {
        if (!registry.isRunning()) {
            builder.down().withDetail("reason", "links are not accepted");
            return;
        }
        try {
            registry.ping(TIMEOUT_MILLIS);
        } catch (TimeoutException e) {
            builder.down(e).withDetail("reason", "the registry's loop did not answer within " + TIMEOUT_MILLIS + " ms");
            return;
        }
        RegistrySummary summary = registry.summary();
        builder.up()
                .withDetail("name", registry.name())
                .withDetail("port", registry.port())
                .withDetail("instances", summary.instances())
                .withDetail("suspects", summary.suspects())
                .withDetail("watchers", summary.watchers())
                .withDetail("warming", summary.warming());
    }
}
