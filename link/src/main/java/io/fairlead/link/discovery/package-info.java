/// Who works where: workers register with every registry, gateways watch every registry and take the union.
///
/// Starting points: [Registration] on the worker's side, [FleetWatch] on the gateway's; [DiscoveryJson] and the
/// records are the payloads of section 9 of `PROTOCOL.md`, which the registry shares. Registries know nothing of each
/// other, so each has a client of its own here. Thread rule: a registration and a watch keep all their state on one
/// event loop each; what their calls bring is handed over to it in order.
@NullMarked
package io.fairlead.link.discovery;

import org.jspecify.annotations.NullMarked;
