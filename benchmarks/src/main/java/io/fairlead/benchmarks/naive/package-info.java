/// The gateway that a team would write first: Spring Integration's inbound and outbound TCP gateways as its
/// documentation shows them, carrying our frames as opaque messages with a 4-byte length. It is measured beside
/// Fairlead's gateway.
@NullMarked
package io.fairlead.benchmarks.naive;

import org.jspecify.annotations.NullMarked;
