package io.fairlead.gateway.breaker;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/// Shows who is kept out and which methods ignore breakers. Always up: failing instances are no fault of the gateway,
/// and a gateway that took itself out for them would make it worse.
@Component("ejection")
class EjectionHealthIndicator extends AbstractHealthIndicator {
    private final Breakers breakers;

    EjectionHealthIndicator(Breakers breakers) {
        super("Who is kept out could not be determined");
        this.breakers = breakers;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.up().withDetail("ejected", breakers.ejected()).withDetail("panic", breakers.panicking());
    }
}
