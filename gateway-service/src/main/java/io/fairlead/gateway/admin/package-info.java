/// The read-only REST admin: what listens, who is connected, which workers there are.
@NullMarked
package io.fairlead.gateway.admin;

import org.jspecify.annotations.NullMarked;
