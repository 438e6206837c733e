package io.fairlead.gateway.breaker;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/// What the open breakers of the gateway come to. Each breaker's own meters are Resilience4j's.
final class EjectionMetrics implements MeterBinder {
    private final Breakers breakers;

    EjectionMetrics(Breakers breakers) {
        this.breakers = breakers;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder(
                        "fairlead.ejection.ejected",
                        breakers,
                        each -> each.ejected().size())
                .description("Instances that get no calls but probes for at least one method, because their breaker"
                        + " is open")
                .register(registry);
        Gauge.builder(
                        "fairlead.ejection.panic",
                        breakers,
                        each -> each.panicking().size())
                .description("Methods for which open breakers are ignored, because too few instances are left")
                .register(registry);
        FunctionCounter.builder("fairlead.ejection.opened", breakers, Breakers::opened)
                .description("How often a breaker has opened")
                .register(registry);
    }
}
