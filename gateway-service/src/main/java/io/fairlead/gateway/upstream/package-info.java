/// The workers as the gateway sees them, and the choice among them.
///
/// Starting points: [Upstreams] is fed by the registries and holds one [LoopUpstreams] for each event loop;
/// [LoopUpstreams#dispatch] takes a call. Loops share nothing: each has its own link to every instance, its own
/// pickers and its own calls in flight. The control side (a changed fleet, a link that opens or ends) builds
/// immutable [Picker]s; the data side only picks.
@NullMarked
package io.fairlead.gateway.upstream;

import org.jspecify.annotations.NullMarked;
