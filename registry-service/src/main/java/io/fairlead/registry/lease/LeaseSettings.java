package io.fairlead.registry.lease;

import io.fairlead.link.discovery.RegistryApi.LeaseTerms;
import java.time.Duration;

/// How [Leases] behave; `RegistryProperties` tells of each and checks them.
///
/// @param maxRenewals a second that instances are asked for
public record LeaseSettings(
        Duration lease,
        Duration renew,
        int maxRenewals,
        Duration tombstone,
        Duration suspect,
        int maxInstances,
        long maxBytes) {

    /// At six times, instances that come back over half a renewal are back while a new registry is warming.
    private static final int MAX_STRETCH = 6;

    /// Of a multiple, so that terms do not change with each instance that comes or goes.
    private static final int STEPS = 4;

    /// The terms of each instance in a fleet of this size. No lease outlasts a tombstone or a suspicion, which have to
    /// be as long as a lease.
    LeaseTerms terms(int instances) {
        double wanted = instances / (renew.toMillis() / 1_000.0 * maxRenewals);
        long longest = Math.min(tombstone.toMillis(), suspect.toMillis());
        double most = Math.min(MAX_STRETCH, (double) longest / lease.toMillis());
        double stretch = Math.clamp(Math.ceil(wanted * STEPS) / STEPS, 1, most);
        long renewMillis = (long) (renew.toMillis() * stretch);
        return new LeaseTerms((long) (lease.toMillis() * stretch), Math.min(renewMillis, LeaseTerms.MAX_RENEW_MILLIS));
    }
}
