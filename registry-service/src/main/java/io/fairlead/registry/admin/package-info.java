/// What people and machines may see and change of the registry: REST, health and metrics.
///
/// Starting points: [InstancesController], [WishesController]. Who may do so: [io.fairlead.admin.AdminSecurity]. Thread
/// rule:
/// nothing here touches the leases; it asks [io.fairlead.registry.RegistryServer], which answers from the
/// registry's event loop.
@NullMarked
package io.fairlead.registry.admin;

import org.jspecify.annotations.NullMarked;
