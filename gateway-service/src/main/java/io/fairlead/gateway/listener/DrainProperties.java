package io.fairlead.gateway.listener;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How a gateway leaves, `fairlead.gateway.drain.*`.
///
/// @param delay how long it still accepts connections after its readiness went off. At least as long as
///     balancers before it take to notice; 0 where there are none
/// @param window over which the connections are asked to end, each at a random moment. Longer spreads the reconnects of
///     many clients more; with fewer than 100 connections a second it is not used up. At most
///     fairlead.gateway.drain-timeout
public record DrainProperties(
        @DefaultValue("0s") Duration delay,
        @DefaultValue("10s") Duration window) {
    /// @throws IllegalArgumentException if a value is negative
    public DrainProperties {
        require("delay", delay);
        require("window", window);
    }

    private static void require(String setting, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.drain." + setting + ": " + value + " (expected: 0 or more)");
        }
    }
}
