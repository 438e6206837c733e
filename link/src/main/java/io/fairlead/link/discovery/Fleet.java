package io.fairlead.link.discovery;

import java.util.List;

/// What is known of all workers. Immutable.
///
/// @param instances the union over all registries, one for each name, ordered by name
/// @param seenAny whether a registry has ever said what it lists: before that an empty list means nothing
/// @param registries in the order in which they are configured
public record Fleet(List<Instance> instances, boolean seenAny, List<RegistryView> registries) {
    /// Copies the lists.
    public Fleet {
        instances = List.copyOf(instances);
        registries = List.copyOf(registries);
    }
}
