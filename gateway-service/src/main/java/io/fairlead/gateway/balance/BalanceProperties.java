package io.fairlead.gateway.balance;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How the gateway chooses a worker for each call.
///
/// @param policy peak-ewma: the better of two by expected latency and calls in flight; least-in-flight: the
///     better of two by calls in flight alone, where methods of very different duration share their workers;
///     round-robin; random. Calls with the metadata affinity-key go to the same worker as others with that key,
///     whatever the policy
/// @param decay how long a worker that was slow stays out of favour: the time in which its remembered latency
///     falls to about a third. Longer avoids it longer, and wastes more of one that has recovered
/// @param slowStart how a new or returning worker gets its share
/// @param spillAt share of a worker's places above which calls leave this gateway's zone, above 0 and up to 1.
///     Lower leaves the zone earlier, higher risks refusals
/// @param hashBound most calls in flight that a worker gets for affinity keys, as a multiple of its share, 1.05
///     to 10. Lower spreads hot keys more, higher moves fewer calls away from their worker
/// @param subsetSize workers of each service that this gateway has links to at least; further ones are left to
///     other gateways where there are more than subset-coverage of them. 0 = all workers, always
/// @param subsetCoverage gateways that each worker has links from at least, 2 to 1000. Up to so many gateways,
///     each is linked to all workers
/// @param services what is different for single services, by name
@ConfigurationProperties("fairlead.gateway.balance")
public record BalanceProperties(
        @DefaultValue("peak-ewma") Policy policy,
        @DefaultValue("10s") Duration decay,
        @DefaultValue SlowStart slowStart,
        @DefaultValue("0.8") double spillAt,
        @DefaultValue("1.25") double hashBound,
        @DefaultValue("100") int subsetSize,
        @DefaultValue("10") int subsetCoverage,
        @DefaultValue Map<String, ServiceBalance> services) {
    /// What is in force where nothing is set.
    public static final BalanceProperties DEFAULTS = new BalanceProperties(
            Policy.PEAK_EWMA,
            Duration.ofSeconds(10),
            new SlowStart(Duration.ofSeconds(10), 1, 0.1),
            0.8,
            1.25,
            100,
            10,
            Map.of());

    private static final String PREFIX = "fairlead.gateway.balance.";

    /// How a new or returning worker gets its share.
    ///
    /// @param window until it gets its whole share; 0s = at once
    /// @param aggression 1 rises linearly, more rises sooner, above 0 and up to 10
    /// @param floor share that it begins with, 0.01 to 1
    public record SlowStart(
            @DefaultValue("10s") Duration window,
            @DefaultValue("1") double aggression,
            @DefaultValue("0.1") double floor) {
        /// @throws IllegalArgumentException if a value is out of its bounds
        public SlowStart {
            require(!window.isNegative() && window.toHours() < 1, "slow-start.window", window, "0s to 1h");
            require(aggression > 0 && aggression <= 10, "slow-start.aggression", aggression, "above 0, up to 10");
            require(floor >= 0.01 && floor <= 1, "slow-start.floor", floor, "0.01 to 1");
        }
    }

    /// What is different for a service.
    ///
    /// @param policy see there; none = as for all
    /// @param hashBound likewise
    public record ServiceBalance(
            @Nullable Policy policy, @Nullable Double hashBound) {}

    /// @throws IllegalArgumentException if a value is out of its bounds
    public BalanceProperties {
        require(decay.toMillis() >= 10 && decay.toHours() < 1, "decay", decay, "10ms to 1h");
        require(spillAt > 0 && spillAt <= 1, "spill-at", spillAt, "above 0, up to 1");
        bound("hash-bound", hashBound);
        require(subsetSize >= 0 && subsetSize <= 100_000, "subset-size", subsetSize, "0 to 100000");
        require(subsetCoverage >= 2 && subsetCoverage <= 1_000, "subset-coverage", subsetCoverage, "2 to 1000");
        services = Map.copyOf(services);
        services.forEach((name, service) -> {
            if (service.hashBound() != null) {
                bound("services." + name + ".hash-bound", service.hashBound());
            }
        });
    }

    private static void bound(String name, double value) {
        require(value >= 1.05 && value <= 10, name, value, "1.05 to 10");
    }

    private static void require(boolean ok, String name, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(PREFIX + name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /// How load is judged.
    public LoadSettings loads() {
        return new LoadSettings(
                decay.toNanos(), slowStart.window().toNanos(), slowStart.aggression(), slowStart.floor());
    }

    /// How calls of a service are balanced.
    ///
    /// @param zone of this gateway; empty = none
    public PickSettings picks(String service, String zone) {
        ServiceBalance own = services.get(service);
        Policy ownPolicy = own == null ? null : own.policy();
        Double ownBound = own == null ? null : own.hashBound();
        return new PickSettings(
                ownPolicy == null ? policy : ownPolicy, zone, spillAt, ownBound == null ? hashBound : ownBound);
    }
}
