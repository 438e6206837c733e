/// What the readiness of the gateway means: it has seen a fleet, and its listeners are bound.
@NullMarked
package io.fairlead.gateway.health;

import org.jspecify.annotations.NullMarked;
