package io.fairlead.link.discovery;

import io.fairlead.link.LinkSettings;
import java.time.Duration;

/// How links to registries differ from others: of instances, renewals each three seconds prove that both sides
/// live, and nobody waits for a registry. Heartbeats in between would be most of what a registry with a large
/// fleet does. Where a registry wants renewals rarer still, heartbeats become as rare.
final class RegistryLinks {
    private static final int RARER = 3;

    private RegistryLinks() {}

    /// These settings with rarer heartbeats.
    static LinkSettings of(LinkSettings settings) {
        return settings.withHeartbeatInterval(
                atMostLongest(settings.heartbeatInterval().multipliedBy(RARER)));
    }

    /// The heartbeat interval of a link with these settings on which a renewal comes every `renewMillis`.
    static Duration heartbeat(LinkSettings registryLink, long renewMillis) {
        Duration renew = atMostLongest(Duration.ofMillis(renewMillis));
        Duration usual = registryLink.heartbeatInterval();
        return renew.compareTo(usual) > 0 ? renew : usual;
    }

    private static Duration atMostLongest(Duration interval) {
        Duration longest = LinkSettings.MAX_HEARTBEAT_INTERVAL;
        return interval.compareTo(longest) < 0 ? interval : longest;
    }
}
