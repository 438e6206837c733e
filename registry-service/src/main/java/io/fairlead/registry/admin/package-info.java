/// What people and machines may see of the registry: REST, health and metrics. Read-only.
///
/// Starting point: [InstancesController]. Thread rule: nothing here touches the leases; it asks
/// [io.fairlead.registry.RegistryServer], which answers from the registry's event loop.
@NullMarked
package io.fairlead.registry.admin;

import org.jspecify.annotations.NullMarked;
