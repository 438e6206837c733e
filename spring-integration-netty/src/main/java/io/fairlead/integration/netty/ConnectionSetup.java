package io.fairlead.integration.netty;

import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.SocketException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;

/// A new channel's first handler: makes the connection and its pipeline once the channel is connected, then leaves.
///
/// ```
/// socket ── ssl ── edge ── idle ── the user's decoders, or the Deserializer ── ConnectionHandler
/// ```
final class ConnectionSetup extends ChannelInboundHandlerAdapter {

    private static final Log LOG = LogFactory.getLog(ConnectionSetup.class);

    private final ConnectionOwner owner;
    private final CompletableFuture<TcpConnectionSupport> opening;

    /// @param opening completed when the connection can be used, or with the reason why it never will
    ConnectionSetup(ConnectionOwner owner, CompletableFuture<TcpConnectionSupport> opening) {
        this.owner = owner;
        this.opening = opening;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (!owner.lookupHost()) {
            setUp(context);
            return;
        }
        // the name service may block: ask it elsewhere; the address remembers the answer
        SocketChannel channel = (SocketChannel) context.channel();
        channel.config().setAutoRead(false);
        Thread.ofVirtual().name("lookup-" + channel.remoteAddress()).start(() -> {
            channel.remoteAddress().getAddress().getHostName();
            channel.eventLoop().execute(() -> {
                if (channel.isActive()) {
                    setUp(context);
                    channel.config().setAutoRead(true);
                }
            });
        });
    }

    private void setUp(ChannelHandlerContext context) {
        SocketChannel channel = (SocketChannel) context.channel();
        ConnectionHandler handler;
        try {
            ChannelSocket socket = new ChannelSocket(channel);
            NettyTcpConnection connection = new NettyTcpConnection(socket, owner);
            handler = new ConnectionHandler(connection, opening);
            TcpConnectionSupport wrapped = owner.adopt(connection, socket);
            handler.setWrapped(wrapped);
            buildPipeline(channel.pipeline(), connection, socket, handler);
        } catch (SocketException | RuntimeException e) {
            LOG.error("A new connection could not be set up: " + channel, e);
            channel.close();
            opening.completeExceptionally(e);
            return;
        }
        context.fireChannelActive();
        channel.pipeline().remove(this);
        if (owner.settings().sslContext == null) {
            handler.open();
        }
    }

    private void buildPipeline(
            ChannelPipeline pipeline, NettyTcpConnection connection, ChannelSocket socket, ConnectionHandler handler) {
        ConnectionSettings settings = owner.settings();
        SslContext ssl = settings.sslContext;
        if (ssl != null) {
            pipeline.addLast(owner.sslHandler(ssl, pipeline.channel().alloc()));
        }
        pipeline.addLast(new Edge(connection));
        if (socket.getSoTimeout() > 0) {
            pipeline.addLast(new IdleStateHandler(socket.getSoTimeout(), 0, 0, TimeUnit.MILLISECONDS));
        }
        if (settings.pipeline != null) {
            settings.pipeline.accept(pipeline);
        } else if (!settings.batching) {
            pipeline.addLast(new DeserializerDecoder(connection.getDeserializer(), settings.maxReplayBytes));
        }
        pipeline.addLast(handler);
    }

    /// Marks the place in the pipeline below which only TLS and the socket are.
    private static final class Edge extends ChannelHandlerAdapter {

        private final NettyTcpConnection connection;

        Edge(NettyTcpConnection connection) {
            this.connection = connection;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            connection.writer().setEdge(context);
        }
    }
}
