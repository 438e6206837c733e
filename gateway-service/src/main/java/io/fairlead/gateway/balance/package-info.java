/// The choice of an instance for each call, and nothing else: no channels, no links, no clock, no configuration
/// of its own making, so that a seeded simulation runs the same code as a gateway.
///
/// Starting points: [PickerFactory] turns the [Candidate]s of a method into a [Picker], an immutable snapshot;
/// [Load] is what is known of one candidate's load. Everything is confined to one event loop, and everything on
/// the way of a call is free of allocation, locks and `Math.exp`.
@NullMarked
package io.fairlead.gateway.balance;

import org.jspecify.annotations.NullMarked;
