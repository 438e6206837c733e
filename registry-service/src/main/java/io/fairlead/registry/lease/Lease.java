package io.fairlead.registry.lease;

import io.fairlead.link.discovery.Instance;

/// A lease as it stands, for screens.
///
/// @param leftMillis until it lapses; 0 for one that has and is held
/// @param suspect whether it has lapsed and is held all the same
public record Lease(Instance instance, long leftMillis, boolean suspect) {}
