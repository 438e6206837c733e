package io.fairlead.gateway.listener;

import io.fairlead.integration.netty.AcceptRamp;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How fast each listener accepts connections after the start, `fairlead.gateway.accept-ramp.*`: when a gateway comes
/// back, thousands of clients come with it. Nobody is refused: who comes faster waits in the kernel's backlog.
///
/// @param initialRate connections a second at first, at least 1; as many may come at once. Lower is gentler and lets a
///     burst wait longer
/// @param doubling after how long the rate has doubled, above 0
/// @param length from the start until connections are accepted as fast as they come; 0 = at once
public record AcceptRampProperties(
        @DefaultValue("200") int initialRate,
        @DefaultValue("1s") Duration doubling,
        @DefaultValue("10s") Duration length) {
    /// @throws IllegalArgumentException if a value is out of its bounds
    public AcceptRampProperties {
        require(initialRate >= 1, "initial-rate", initialRate, "at least 1");
        require(doubling.isPositive(), "doubling", doubling, "above 0");
        require(!length.isNegative(), "length", length, "0 or more");
    }

    @Nullable AcceptRamp ramp() {
        return length.isZero() ? null : new AcceptRamp(initialRate, doubling, length);
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.accept-ramp." + setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
