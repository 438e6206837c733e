package io.fairlead.gateway.call;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What happens to calls when the workers, or this gateway, have no room for them.
///
/// @param maxWaiting calls of one method that may wait for a free place, on each loop, at least 0; beyond it the lowest
///     priority class is refused first. 0 = nobody waits
/// @param maxWait the longest that a call waits for a place, 1 ms to 1 hour; then it is refused
/// @param maxInFlight calls in flight in this gateway, waiting ones included, at least the number of loops, each of
///     which has an equal share; beyond it calls are refused
@ConfigurationProperties("fairlead.gateway.overload")
public record OverloadProperties(
        @DefaultValue("4096") int maxWaiting,
        @DefaultValue("2s") Duration maxWait,
        @DefaultValue("100000") int maxInFlight) {
    /// @throws IllegalArgumentException if a value is out of its bounds
    public OverloadProperties {
        require(maxWaiting >= 0, "max-waiting", maxWaiting, "at least 0");
        require(maxWait.toMillis() >= 1 && maxWait.toHours() < 1, "max-wait", maxWait, "1 ms to 1 hour");
        require(maxInFlight >= 1, "max-in-flight", maxInFlight, "at least 1");
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.overload." + setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
