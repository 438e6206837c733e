/// What people and machines may see and change of the registry: REST, health and metrics.
///
/// Starting points: [InstancesController]; [AdminSecurity] says who may do what, [Audit] writes down who did. Thread
/// rule: nothing here touches the leases; it asks [io.fairlead.registry.RegistryServer], which answers from the
/// registry's event loop.
@NullMarked
package io.fairlead.registry.admin;

import org.jspecify.annotations.NullMarked;
