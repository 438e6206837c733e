package io.fairlead.link.discovery;

import java.util.List;

/// What is known of all workers. Immutable.
///
/// @param instances the union over all registries and sources, one for each name and address, ordered by name
/// @param seenAny whether a registry or source has ever said what it lists: before that an empty list means nothing
/// @param registries in the order in which they are configured; other sources behind them
/// @param unconfirmed how many instances are known from an earlier run alone
public record Fleet(List<Instance> instances, boolean seenAny, List<RegistryView> registries, int unconfirmed) {
    /// Copies the lists.
    public Fleet {
        instances = List.copyOf(instances);
        registries = List.copyOf(registries);
    }

    /// A fleet of which nothing comes from an earlier run.
    public Fleet(List<Instance> instances, boolean seenAny, List<RegistryView> registries) {
        this(instances, seenAny, registries, 0);
    }
}
