package io.fairlead.registry;

import io.fairlead.link.discovery.InstanceState;
import java.util.Map;

/// Figures of the registry at one moment. Immutable.
///
/// @param suspects of the instances, those that are held although their lease has lapsed
/// @param warming whether the registry is younger than two leases
/// @param version counts the changes since the start
/// @param byService instances of each service and state
public record RegistrySummary(
        int instances,
        int suspects,
        int watchers,
        boolean warming,
        long version,
        Map<ServiceState, Integer> byService) {
    /// Before the start.
    public static final RegistrySummary NOTHING = new RegistrySummary(0, 0, 0, true, 0, Map.of());

    /// A service and the state of its instances.
    public record ServiceState(String service, InstanceState state) {}

    /// Copies the map.
    public RegistrySummary {
        byService = Map.copyOf(byService);
    }
}
