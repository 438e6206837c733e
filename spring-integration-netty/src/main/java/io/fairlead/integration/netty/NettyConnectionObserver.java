package io.fairlead.integration.netty;

import org.jspecify.annotations.Nullable;

/// What happens to a factory's connections, told on each connection's event loop: implementations must not block.
///
/// One observer serves all connections of a factory. A connection's calls come in this order:
///
/// ```
/// opened ─┬─▶ readComplete, writabilityChanged (any number) ─┬─▶ failed (at most once) ─┬─▶ closed (once)
///         └─▶ inputShutdown (at most once) ──────────────────┘                          │
/// failed without opened: the TLS handshake failed; closed does not follow
/// ```
public interface NettyConnectionObserver {

    /// The connection can be used: listeners and senders know it, and a TLS handshake has succeeded.
    default void opened(NettyTcpConnection connection) {}

    /// The peer will send nothing more (half-close), but may still read. Everything it sent has been handed to the
    /// listener. Who overrides this owes the connection its close once the replies are sent; by default it is
    /// closed now, after what was sent so far is flushed.
    default void inputShutdown(NettyTcpConnection connection) {
        connection.close();
    }

    /// The unsent bytes went above the high or below the low water mark; see [NettyTcpConnection#isWritable()].
    default void writabilityChanged(NettyTcpConnection connection) {}

    /// A read pass is over and its messages have been handed to the listener.
    default void readComplete(NettyTcpConnection connection) {}

    /// Something failed: a decoder, the listener of a batch, the TLS handshake, reading or writing. By default the
    /// connection is closed with this cause. Who overrides it may still send an answer, and then closes; after an
    /// I/O error the connection is closed in any case.
    default void failed(NettyTcpConnection connection, Throwable cause) {
        connection.closeExceptionally(cause);
    }

    /// An opened connection is closed; told exactly once. `cause` is what it was closed with, or null if either side
    /// closed it in the normal way.
    default void closed(NettyTcpConnection connection, @Nullable Throwable cause) {}
}
