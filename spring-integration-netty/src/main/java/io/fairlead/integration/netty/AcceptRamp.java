package io.fairlead.integration.netty;

import java.time.Duration;

/// How fast a server accepts connections after its start: `initialPerSecond` at first, twice as fast after each
/// `doubling`, and as fast as they come after `length`. A second's worth may come at once. Nobody is refused: who comes
/// faster waits in the kernel's backlog.
///
/// @param initialPerSecond connections a second at first, at least 1
/// @param doubling time after which the rate has doubled, above 0
/// @param length from the start until the rate is unlimited
public record AcceptRamp(int initialPerSecond, Duration doubling, Duration length) {

    /// @throws IllegalArgumentException if a value is out of its bounds
    public AcceptRamp {
        ConnectionSettings.atLeast("initialPerSecond", initialPerSecond, 1);
        if (!doubling.isPositive()) {
            throw new IllegalArgumentException("doubling: " + doubling + " (expected: above 0)");
        }
        if (length.isNegative()) {
            throw new IllegalArgumentException("length: " + length + " (expected: 0 or more)");
        }
    }
}
