package io.fairlead.integration.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.Socket;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;

/// What a connection needs of its factory; the factories' own methods for it are protected.
interface ConnectionOwner {

    ConnectionSettings settings();

    boolean server();

    boolean lookupHost();

    @Nullable String name();

    ApplicationEventPublisher publisher();

    /// Gives the connection its interceptors, listener, senders, mapper and serializers, and the socket its options.
    /// Returns the outermost interceptor, or the connection itself.
    TcpConnectionSupport adopt(NettyTcpConnection connection, Socket socket) throws SocketException;

    /// A TLS handler for a new connection.
    SslHandler sslHandler(SslContext context, ByteBufAllocator allocator);

    /// The dispatcher for a new connection's single messages, or null if they are handed over on the loop.
    @Nullable MessageDispatcher dispatcher(NettyTcpConnection connection);

    /// The connection is closed.
    void forget(NettyTcpConnection connection);
}
