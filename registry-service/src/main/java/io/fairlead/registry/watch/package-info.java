/// Tells watchers what is listed: a snapshot first, then every change at once, and now and then a digest.
///
/// Starting point: [Watchers]. Thread rule: confined to the one event loop of the registry, on which all links live,
/// so that a watcher's snapshot and the changes after it cannot overtake each other. A watcher that does not read
/// loses its own link (the bound on unsent bytes is that of the call server) and watches again.
@NullMarked
package io.fairlead.registry.watch;

import org.jspecify.annotations.NullMarked;
