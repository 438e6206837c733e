/// One long-lived multiplexed connection between two Fairlead processes, on Spring Integration's TCP adapters.
///
/// Starting points: [LinkServer] listens, [LinkConnector] keeps one connection up; both hand whole frames to a
/// [LinkHandler]. Thread rule: everything of one [Link] happens on its event loop, its handler included; what is called
/// from elsewhere says so. For calls with futures and handlers see `io.fairlead.link.call`.
@NullMarked
package io.fairlead.link;

import org.jspecify.annotations.NullMarked;
