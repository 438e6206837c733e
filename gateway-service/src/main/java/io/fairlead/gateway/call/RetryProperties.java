package io.fairlead.gateway.call;

import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// When a call is attempted again, and how often.
///
/// @param maxAttempts how often a call that may have run is written in all, if its method is idempotent (or `once` and
///     the call has a key), 1 to 10; 1 = never again
/// @param maxTransparent how often a call that certainly has not run is passed on to another instance, 0 to 100; free
///     of the budget
/// @param minBackOff the wait before the second attempt is random between 0 and this; it doubles with each
/// @param maxBackOff the most that the doubling comes to
/// @param budgetPercent attempts beyond the first, in percent of the calls of one client to one service in the last 10
///     seconds, 0 to 100; hedges draw on it, too
/// @param budgetFloor attempts per second that are allowed however few calls there are, 0 to 1,000
/// @param maxBudgets clients and services on each loop with a budget of their own, at least 1; the others share one
/// @param maxWaiting calls of each loop that may wait for their back-off at a time, at least 0; beyond it calls fail
///     instead of waiting
/// @param statuses a worker's answers (ERROR) after which an idempotent call is repeated
@ConfigurationProperties("fairlead.gateway.retry")
public record RetryProperties(
        @DefaultValue("3") int maxAttempts,
        @DefaultValue("8") int maxTransparent,
        @DefaultValue("20ms") Duration minBackOff,
        @DefaultValue("1s") Duration maxBackOff,
        @DefaultValue("20") int budgetPercent,
        @DefaultValue("3") double budgetFloor,
        @DefaultValue("1024") int maxBudgets,
        @DefaultValue("10000") int maxWaiting,
        @DefaultValue("UNAVAILABLE") Set<Status> statuses) {
    /// @throws IllegalArgumentException if a value is out of its bounds
    public RetryProperties {
        require(maxAttempts >= 1 && maxAttempts <= 10, "max-attempts", maxAttempts, "1 to 10");
        require(maxTransparent >= 0 && maxTransparent <= 100, "max-transparent", maxTransparent, "0 to 100");
        require(!minBackOff.isNegative() && minBackOff.toDays() < 1, "min-back-off", minBackOff, "0 to 1 day");
        require(
                maxBackOff.compareTo(minBackOff) >= 0 && maxBackOff.toDays() < 1,
                "max-back-off",
                maxBackOff,
                "min-back-off, " + minBackOff + ", to 1 day");
        require(budgetPercent >= 0 && budgetPercent <= 100, "budget-percent", budgetPercent, "0 to 100");
        require(budgetFloor >= 0 && budgetFloor <= 1000, "budget-floor", budgetFloor, "0 to 1000");
        require(maxBudgets >= 1, "max-budgets", maxBudgets, "at least 1");
        require(maxWaiting >= 0, "max-waiting", maxWaiting, "at least 0");
        require(!statuses.contains(Status.OK), "statuses", Status.OK, "failures");
        statuses = Set.copyOf(statuses);
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.retry." + setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
