/// The gateway: it terminates socket protocols and balances their messages over workers.
///
/// A frame's way: `listener` → `framing` → `call` → `upstream` → a link, and back. Starting points:
/// [GatewayApplication]
/// and [GatewayConfiguration], which wires the features together.
@NullMarked
package io.fairlead.gateway;

import org.jspecify.annotations.NullMarked;
