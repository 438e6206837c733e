package io.fairlead.registry.admin;

import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.registry.lease.Lease;
import java.util.List;

/// An instance as `GET /admin/instances` shows it.
///
/// @param revision of its state and weight; raised by the instance at each change of them
/// @param address `host:port` at which it listens for links
/// @param inFlight calls it had at its last renewal
/// @param leaseMillisLeft until its lease lapses; 0 if it has
/// @param suspect whether it is listed although its lease has lapsed, because many of its service lapsed together
record ListedInstance(
        String name,
        long epoch,
        long revision,
        String address,
        String zone,
        int weight,
        int capacity,
        InstanceState state,
        int inFlight,
        long leaseMillisLeft,
        boolean suspect,
        List<ServiceOffer> services) {

    static ListedInstance of(Lease lease) {
        Instance instance = lease.instance();
        return new ListedInstance(
                instance.instance(),
                instance.epoch(),
                instance.revision(),
                instance.host() + ":" + instance.port(),
                instance.zone(),
                instance.weight(),
                instance.capacity(),
                instance.state(),
                instance.inFlight(),
                lease.leftMillis(),
                lease.suspect(),
                instance.services());
    }

    boolean offers(String service) {
        return services.stream().anyMatch(offer -> offer.name().equals(service));
    }
}
