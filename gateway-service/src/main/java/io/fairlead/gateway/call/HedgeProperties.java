package io.fairlead.gateway.call;

import io.fairlead.wire.Route;
import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Hedging: a call of an idempotent method that takes longer than most goes to a second instance as well, and the
/// first answer counts.
///
/// @param services whose idempotent methods are hedged: names of services, `service/method`, or `*`; none = no
///     hedging
/// @param quantile of the method's own latency after which the second attempt is made, 0.5 to 0.999; 0.95 means that
///     about every twentieth call is made twice
/// @param minDelay the least that is waited, however fast the method is, 1 ms to 1 minute
@ConfigurationProperties("fairlead.gateway.hedge")
public record HedgeProperties(
        @DefaultValue Set<String> services,
        @DefaultValue("0.95") double quantile,
        @DefaultValue("5ms") Duration minDelay) {
    private static final String ALL = "*";

    /// @throws IllegalArgumentException if a value is out of its bounds
    public HedgeProperties {
        if (!(quantile >= 0.5 && quantile <= 0.999)) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.hedge.quantile: " + quantile + " (expected: 0.5 to 0.999)");
        }
        if (minDelay.toMillis() < 1 || minDelay.toSeconds() > 60) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.hedge.min-delay: " + minDelay + " (expected: 1 ms to 1 minute)");
        }
        services = Set.copyOf(services);
    }

    /// Whether calls of this method are hedged if it is idempotent.
    public boolean covers(Route route) {
        return services.contains(route.service()) || services.contains(route.toString()) || services.contains(ALL);
    }
}
