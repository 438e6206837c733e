package io.fairlead.registry;

import io.fairlead.link.LinkSecret;
import io.fairlead.link.LinkSettings;
import io.fairlead.registry.lease.LeaseSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Settings of the registry.
///
/// @param bindAddress address at which links are accepted; 0.0.0.0 = all interfaces
/// @param port at which links are accepted; 0 = any free one
/// @param name of this registry in views, logs and screens; empty = `registry-` and a random part
/// @param lease how long an instance stays listed without renewal. Shorter forgets the dead sooner; longer rides out
///     longer pauses and cuts. At least two renewals and at most 1 h
/// @param renew how often instances renew, and the heartbeat interval of links, 1 s to 1 min. Shorter costs calls,
///     longer needs a longer lease; see `maxRenewals`
/// @param maxRenewals renewals a second beyond which instances are asked to renew more rarely, with longer leases in
///     proportion, up to six times as long, but not longer than tombstone and suspect; the dead of a large fleet are
///     then forgotten later. At least 1
/// @param tombstone how long the epoch of an instance that is gone is remembered, so that a straggler of it is
///     refused. At least one lease
/// @param suspect how long instances are held whose leases lapsed together with many others of their service. At least
///     one lease
/// @param digest how often watchers are told what they should have
/// @param drainTimeout how long a stop may wait for calls to be answered
/// @param maxInstances most instances; more are refused with RESOURCE_EXHAUSTED
/// @param maxMethods most methods of one instance over all of its services
/// @param maxRegistrationSize longest payload of a register, at most 1 MB
/// @param maxViewSize most bytes of all instances together, as JSON; at most 12 MB, since a watcher gets them at once
/// @param maxWatchers most gateways that watch
/// @param maxLinks most links; beyond it no more are accepted until one ends. Above max-watchers and max-instances
/// @param secret that all processes of a suite share, fairlead.secret, at least 16 characters: links are opened only to
///     those that prove they know it. Needed where bind-address is reached from other machines
@ConfigurationProperties("fairlead.registry")
public record RegistryProperties(
        @DefaultValue("127.0.0.1") String bindAddress,
        @DefaultValue("7500") int port,
        @DefaultValue("") String name,
        @DefaultValue("10s") Duration lease,
        @DefaultValue("3s") Duration renew,
        @DefaultValue("1000") int maxRenewals,
        @DefaultValue("60s") Duration tombstone,
        @DefaultValue("5m") Duration suspect,
        @DefaultValue("30s") Duration digest,
        @DefaultValue("2s") Duration drainTimeout,
        @DefaultValue("10000") int maxInstances,
        @DefaultValue("1000") int maxMethods,
        @DefaultValue("64KB") DataSize maxRegistrationSize,
        @DefaultValue("12MB") DataSize maxViewSize,
        @DefaultValue("1000") int maxWatchers,
        @DefaultValue("12000") int maxLinks,
        @Nullable String secret) {

    private static final Duration MIN_HEARTBEAT = Duration.ofSeconds(1);
    private static final Duration MAX_HEARTBEAT = LinkSettings.MAX_HEARTBEAT_INTERVAL;
    private static final Duration MIN_RENEW = Duration.ofMillis(50);
    private static final Duration MAX_LEASE = Duration.ofHours(1);
    private static final Duration MIN_DIGEST = Duration.ofMillis(100);
    private static final DataSize MAX_REGISTRATION = DataSize.ofMegabytes(1);
    private static final DataSize MAX_VIEW = DataSize.ofMegabytes(12);

    /// Checks the values alone and against each other.
    ///
    /// @throws IllegalArgumentException if one is out of its bounds; the message names it, its value and its bounds
    public RegistryProperties {
        require(!bindAddress.isBlank(), "bind-address", "'" + bindAddress + "'", "an address, or 0.0.0.0 for all");
        require(port >= 0 && port <= 65_535, "port", port, "0 to 65535");
        require(name.length() <= 128, "name", name.length() + " characters", "at most 128");
        require(renew.compareTo(MIN_RENEW) >= 0, "renew", renew, "at least 50ms");
        require(
                lease.compareTo(renew.multipliedBy(2)) >= 0 && lease.compareTo(MAX_LEASE) <= 0,
                "lease",
                lease,
                "at least two renewals, 2 x renew = " + renew.multipliedBy(2) + ", and at most 1h");
        require(maxRenewals >= 1, "max-renewals", maxRenewals, "at least 1");
        require(tombstone.compareTo(lease) >= 0, "tombstone", tombstone, "at least one lease, " + lease);
        require(suspect.compareTo(lease) >= 0, "suspect", suspect, "at least one lease, " + lease);
        require(digest.compareTo(MIN_DIGEST) >= 0, "digest", digest, "at least 100ms");
        require(!drainTimeout.isNegative(), "drain-timeout", drainTimeout, "0 or more");
        require(maxInstances >= 1, "max-instances", maxInstances, "at least 1");
        require(maxMethods >= 1, "max-methods", maxMethods, "at least 1");
        require(
                maxRegistrationSize.toBytes() >= 1024 && maxRegistrationSize.compareTo(MAX_REGISTRATION) <= 0,
                "max-registration-size",
                maxRegistrationSize,
                "1KB to 1MB");
        require(
                maxViewSize.compareTo(maxRegistrationSize) >= 0 && maxViewSize.compareTo(MAX_VIEW) <= 0,
                "max-view-size",
                maxViewSize,
                "at least max-registration-size, " + maxRegistrationSize + ", and at most 12MB");
        require(maxWatchers >= 1, "max-watchers", maxWatchers, "at least 1");
        require(
                maxLinks >= (long) maxInstances + maxWatchers,
                "max-links",
                maxLinks,
                "at least max-instances + max-watchers = " + ((long) maxInstances + maxWatchers)
                        + ": each of them has a link");
        linkSecret(secret);
    }

    /// A new one at each call: its count is of those who were refused with it.
    @Nullable LinkSecret linkSecret() {
        return linkSecret(secret);
    }

    private static @Nullable LinkSecret linkSecret(@Nullable String text) {
        return LinkSecret.ofNullable("fairlead.secret", text);
    }

    /// What tells registries apart, without the secret.
    @Override
    public String toString() {
        return "RegistryProperties[name=" + name + ", bindAddress=" + bindAddress + ", port=" + port + ", secret="
                + (linkSecret() == null ? "none" : "set") + "]";
    }

    /// As long as such renewals make heartbeats needless, where that is neither shorter than usual nor too long.
    static Duration heartbeat(Duration renew) {
        Duration atLeast = renew.compareTo(MIN_HEARTBEAT) < 0 ? MIN_HEARTBEAT : renew;
        return atLeast.compareTo(MAX_HEARTBEAT) > 0 ? MAX_HEARTBEAT : atLeast;
    }

    LeaseSettings leases() {
        return new LeaseSettings(lease, renew, maxRenewals, tombstone, suspect, maxInstances, maxViewSize.toBytes());
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(
                    "fairlead.registry." + setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
