package io.fairlead.gateway.balance;

import java.time.Duration;

/// How the load of a candidate is judged. Immutable.
///
/// @param decayNanos the time in which a peak of the latency falls to about a third (1/e), above 0
/// @param slowStartNanos how long a new candidate takes until it gets its whole share; 0 = at once
/// @param slowStartAggression as Envoy's: 1 rises linearly, more rises sooner; above 0
/// @param slowStartFloor the share that a new candidate begins with, 0 to 1
public record LoadSettings(long decayNanos, long slowStartNanos, double slowStartAggression, double slowStartFloor) {
    /// Ten seconds of decay as in Finagle and Linkerd, ten of slow start that begins with a tenth.
    public static final LoadSettings DEFAULT = new LoadSettings(
            Duration.ofSeconds(10).toNanos(), Duration.ofSeconds(10).toNanos(), 1, 0.1);

    /// @throws IllegalArgumentException if a value is out of its bounds
    public LoadSettings {
        if (decayNanos <= 0 || slowStartNanos < 0) {
            throw new IllegalArgumentException("decay and slow start: " + decayNanos + " ns and " + slowStartNanos
                    + " ns (expected: above 0 and at least 0)");
        }
        if (!(slowStartAggression > 0) || !(slowStartFloor >= 0 && slowStartFloor <= 1)) {
            throw new IllegalArgumentException("slow start's aggression and floor: " + slowStartAggression + " and "
                    + slowStartFloor + " (expected: above 0, and 0 to 1)");
        }
    }
}
