package io.fairlead.gateway.breaker;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Wires the breakers to the registry that Resilience4j configures.
@Configuration(proxyBeanMethods = false)
class BreakerConfiguration {
    @Bean
    Breakers breakers(CircuitBreakerRegistry registry, EjectionProperties rules) {
        return new Breakers(registry, rules, System::nanoTime);
    }

    @Bean
    EjectionMetrics ejectionMetrics(Breakers breakers) {
        return new EjectionMetrics(breakers);
    }
}
