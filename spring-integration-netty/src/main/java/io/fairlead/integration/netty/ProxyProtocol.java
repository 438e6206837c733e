package io.fairlead.integration.netty;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/// Whether a server's connections begin with a PROXY protocol header (v1 or v2), by which a balancer in front
/// of it says whose connection it passes on. That address is then the connection's own: in its id, its events,
/// its host and port. A header of the command LOCAL (a balancer's health check) or of an unknown protocol
/// changes nothing. It comes before TLS.
///
/// Whoever may send a header may claim to be anybody: `trusted` says who may.
///
/// @param required whether connections without a header are closed, and those of peers that are not trusted; if not,
/// such peers are served as they are, their first bytes are theirs
/// @param trusted the peers whose header is believed; called on event loops
/// @param timeout for the header, above 0; a trusted peer that has sent nothing by then is served without one, unless
/// it is required
/// @param refused told of each connection that was closed because of its header, on its event loop
public record ProxyProtocol(
        boolean required,
        Predicate<InetSocketAddress> trusted,
        Duration timeout,
        BiConsumer<InetSocketAddress, ProxyHeaderException> refused) {

    /// @throws IllegalArgumentException if the timeout is not above 0
    public ProxyProtocol {
        ConnectionSettings.between("timeout", timeout, Duration.ofMillis(1));
    }
}
