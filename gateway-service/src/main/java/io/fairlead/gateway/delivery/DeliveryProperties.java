package io.fairlead.gateway.delivery;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How durable messages are delivered.
///
/// @param attemptTimeout longest an attempt may take; the method's own limit holds if it is shorter. Longer
///     leaves slow handlers in peace, shorter finds hanging ones sooner
/// @param maxAttempts failed attempts after which a message is a dead letter, 1 to 1000. While no instance is
///     there, nothing is attempted, and nothing is counted
/// @param minBackOff the wait after the first failed attempt is random between 0 and this; it doubles with
///     each
/// @param maxBackOff the most that the doubling comes to
/// @param maxAge a message that has not been handled expires after this; also the most that a client may ask
///     for with expires-after. Workers must keep keys for longer (fairlead.inbox.retention), or get no
///     messages
/// @param quarantineAfter attempts that ended with their worker after which a message is set aside, 1 to 100:
///     it may be what ends them
/// @param maxInFlight most messages being delivered at a time, at least 1. More keep more workers busy, fewer
///     ask less of their databases
/// @param memoryMessages most messages kept in memory, at least 100; the others wait on disk.
///     No service has more than an eighth of them
/// @param memoryBytes most bytes of them, likewise
/// @param idlePoll how often a store that several gateways share is looked at for what the others have
///     accepted. Shorter delivers their ordered messages sooner, and asks more of the database
@ConfigurationProperties("fairlead.gateway.delivery")
public record DeliveryProperties(
        @DefaultValue("30s") Duration attemptTimeout,
        @DefaultValue("10") int maxAttempts,
        @DefaultValue("200ms") Duration minBackOff,
        @DefaultValue("1m") Duration maxBackOff,
        @DefaultValue("3d") Duration maxAge,
        @DefaultValue("3") int quarantineAfter,
        @DefaultValue("1024") int maxInFlight,
        @DefaultValue("80000") int memoryMessages,
        @DefaultValue("64MB") DataSize memoryBytes,
        @DefaultValue("100ms") Duration idlePoll) {
    /// @throws IllegalArgumentException if a value is out of its bounds
    public DeliveryProperties {
        between("attempt-timeout", attemptTimeout, Duration.ofMillis(1), Duration.ofDays(1));
        require(maxAttempts >= 1 && maxAttempts <= 1000, "max-attempts", maxAttempts, "1 to 1000");
        between("min-back-off", minBackOff, Duration.ofMillis(1), Duration.ofDays(1));
        between("max-back-off", maxBackOff, minBackOff, Duration.ofDays(1));
        between("max-age", maxAge, attemptTimeout, Duration.ofDays(366));
        require(quarantineAfter >= 1 && quarantineAfter <= 100, "quarantine-after", quarantineAfter, "1 to 100");
        require(maxInFlight >= 1, "max-in-flight", maxInFlight, "at least 1");
        require(memoryMessages >= 100, "memory-messages", memoryMessages, "at least 100");
        require(memoryBytes.toBytes() >= 1024 * 1024, "memory-bytes", memoryBytes, "at least 1MB");
        between("idle-poll", idlePoll, Duration.ofMillis(1), Duration.ofMinutes(1));
    }

    /// From a message's acceptance until its last attempt may end: keys must be kept for longer.
    Duration horizon() {
        return maxAge.plus(attemptTimeout);
    }

    private static void between(String setting, Duration value, Duration min, Duration max) {
        require(value.compareTo(min) >= 0 && value.compareTo(max) <= 0, setting, value, min + " to " + max);
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(
                    "fairlead.gateway.delivery." + setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
