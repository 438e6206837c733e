package io.fairlead.link.call;

import java.time.Duration;

/// How a [CallClient] repeats calls that may have run, and how it spreads over its addresses.
///
/// @param budgetPercent repeats allowed for each hundred calls, 0 to 100. Higher mends more and adds more
///     load to what fails because of load
/// @param budgetFloor repeats a second that are allowed however few calls there are, 0 and up
/// @param backoffMin the first repeat waits a random time up to this (full jitter), each further one up to
///     twice as long as the one before
/// @param backoffMax longest wait before a repeat
/// @param rebalance after a random time between this and twice as long, new calls go to another of the
///     connected addresses, so that one that was gone is used again. Zero = never
public record CallPolicy(
        int budgetPercent, int budgetFloor, Duration backoffMin, Duration backoffMax, Duration rebalance) {
    /// 20 % and 10 a second, 25 ms to 1 s, 30 s.
    public static final CallPolicy DEFAULTS =
            new CallPolicy(20, 10, Duration.ofMillis(25), Duration.ofSeconds(1), Duration.ofSeconds(30));

    /// @throws IllegalArgumentException if a value is out of its bounds
    public CallPolicy {
        require(budgetPercent >= 0 && budgetPercent <= 100, "budgetPercent", budgetPercent, "0 to 100");
        require(budgetFloor >= 0, "budgetFloor", budgetFloor, "0 or more");
        require(backoffMin.isPositive(), "backoffMin", backoffMin, "above 0");
        require(backoffMax.compareTo(backoffMin) >= 0, "backoffMax", backoffMax, "at least backoffMin " + backoffMin);
        require(!rebalance.isNegative(), "rebalance", rebalance, "0 or more");
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
