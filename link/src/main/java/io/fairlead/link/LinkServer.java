package io.fairlead.link;

import io.fairlead.integration.netty.NettyTcpServerConnectionFactory;
import io.fairlead.integration.netty.NettyTransport;
import io.netty.channel.WriteBufferWaterMark;
import java.util.function.Consumer;

/// Listens for links. Thread-safe.
public final class LinkServer implements AutoCloseable {
    private final NettyTcpServerConnectionFactory factory;
    private final TcpEndpoint endpoint;

    /// @param host address to bind to, such as `127.0.0.1` or `0.0.0.0`
    /// @param port to listen at; 0 = any free one
    /// @param handler shared by all links of this server
    public LinkServer(NettyTransport transport, String host, int port, LinkSettings settings, LinkHandler handler) {
        this(transport, host, port, settings, handler, plain -> {});
    }

    /// @param entry what is special about how connections come in, such as an accept ramp or the PROXY protocol
    public LinkServer(
            NettyTransport transport,
            String host,
            int port,
            LinkSettings settings,
            LinkHandler handler,
            Consumer<NettyTcpServerConnectionFactory> entry) {
        factory = new NettyTcpServerConnectionFactory(port);
        factory.setLocalAddress(host);
        factory.setTransport(transport);
        factory.setPipeline(pipeline -> pipeline.addLast(new FrameSplitter(settings.maxFrameBytes())));
        factory.setBatching(true);
        factory.setMaxConnections(settings.maxConnections());
        factory.setWriteBufferWaterMark(
                new WriteBufferWaterMark(settings.writeBufferHighBytes() / 4, settings.writeBufferHighBytes()));
        factory.setMaxBufferedBytes(settings.maxQueuedBytes());
        factory.setUserTimeout(settings.slowReaderTimeout());
        if (settings.sslContext() != null) {
            factory.setSslContext(settings.sslContext());
        }
        entry.accept(factory);
        endpoint = new TcpEndpoint(factory, opened -> new Link(opened, settings, handler, false).start());
        factory.setConnectionObserver(endpoint.observer());
    }

    /// Binds and begins to accept.
    ///
    /// @throws RuntimeException if the address cannot be bound; the message names it
    public void start() {
        endpoint.start();
    }

    /// The port that is bound; before [#start] the one that was asked for.
    public int port() {
        return factory.getPort();
    }

    /// Closes the port; links that are open stay.
    public void stopAccepting() {
        factory.stopAccepting();
    }

    /// Stops listening and closes all connections at once: say GOAWAY and drain before.
    @Override
    public void close() {
        endpoint.stop();
    }
}
