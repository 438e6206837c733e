/// The ports of the gateway: what arrives on a connection becomes calls, and the answers go back in the client's
/// terms.
///
/// Starting points: [Listeners] starts and stops all of them; [NativeListener] speaks the wire protocol,
/// [ForeignListener] any other framing, with a [ForeignConversation] for each connection. Thread rule: a
/// connection and all its calls live on one event loop; only counters and life cycle cross it.
@NullMarked
package io.fairlead.gateway.listener;

import org.jspecify.annotations.NullMarked;
