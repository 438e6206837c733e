/// Where this gateway learns of instances beside the registries, and what it remembers of them for a start without any:
/// [DiscoveryConfiguration] wires both into the fleet's watch. Nothing here is on a call's way.
@NullMarked
package io.fairlead.gateway.discovery;

import org.jspecify.annotations.NullMarked;
