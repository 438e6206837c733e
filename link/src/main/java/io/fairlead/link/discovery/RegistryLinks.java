package io.fairlead.link.discovery;

import io.fairlead.link.LinkSettings;
import java.time.Duration;

/// How links to registries differ from others: of instances, renewals each three seconds prove that both sides
/// live, and nobody waits for a registry. Heartbeats in between would be most of what a registry with a large
/// fleet does.
final class RegistryLinks {
    private static final int RARER = 3;

    private RegistryLinks() {}

    /// These settings with rarer heartbeats.
    static LinkSettings of(LinkSettings settings) {
        Duration interval = settings.heartbeatInterval().multipliedBy(RARER);
        Duration longest = LinkSettings.MAX_HEARTBEAT_INTERVAL;
        return settings.withHeartbeatInterval(interval.compareTo(longest) < 0 ? interval : longest);
    }
}
