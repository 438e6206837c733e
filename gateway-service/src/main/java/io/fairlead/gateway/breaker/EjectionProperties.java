package io.fairlead.gateway.breaker;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How far open breakers are heeded. When a breaker opens is set by the usual `resilience4j.circuitbreaker.*` keys.
///
/// @param maxPercent share of a method's instances, in percent, that open breakers may keep out at once; one of two
///     or more always, none at 0. More keeps failing instances away from clients, less keeps more capacity
/// @param panicThreshold when less than this share of a method's instances, in percent, is connected with a closed
///     breaker, breakers are ignored: a cause that so many have in common is not cured by sending everything to the
///     few. 0 = never
/// @param consecutiveFailures calls in a row that an instance has to fail, for 100 ms at least, for its breaker to
///     open at once, however many successes its window still remembers; 0 = only the rates of the window count
@ConfigurationProperties("fairlead.gateway.ejection")
public record EjectionProperties(
        @DefaultValue("30") int maxPercent,
        @DefaultValue("50") int panicThreshold,
        @DefaultValue("10") int consecutiveFailures) {
    /// What is in force where nothing is set.
    public static final EjectionProperties DEFAULTS = new EjectionProperties(30, 50, 10);

    /// @throws IllegalArgumentException if a value is out of its bounds
    public EjectionProperties {
        percent("max-percent", maxPercent);
        percent("panic-threshold", panicThreshold);
        if (consecutiveFailures < 0) {
            throw new IllegalArgumentException("fairlead.gateway.ejection.consecutive-failures: " + consecutiveFailures
                    + " (expected: at least 0; 0 = off)");
        }
    }

    private static void percent(String name, int value) {
        if (value < 0 || value > 100) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.ejection." + name + ": " + value + " (expected: 0 to 100)");
        }
    }
}
