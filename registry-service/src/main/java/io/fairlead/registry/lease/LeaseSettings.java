package io.fairlead.registry.lease;

import java.time.Duration;

/// How [Leases] behave; `RegistryProperties` tells of each and checks them.
public record LeaseSettings(
        Duration lease, Duration renew, Duration tombstone, Duration suspect, int maxInstances, long maxBytes) {}
