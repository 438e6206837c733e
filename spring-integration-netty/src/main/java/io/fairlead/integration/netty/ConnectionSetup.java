package io.fairlead.integration.netty;

import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;

/// A new channel's first handler: makes the connection and its pipeline once the channel is connected (and has said
/// whose connection it is, where the PROXY protocol is spoken), then leaves.
///
/// ```
/// socket ── proxy header ── (this)
/// socket ── ssl ── edge ── idle ── the user's decoders, or the Deserializer ── ConnectionHandler
/// ```
final class ConnectionSetup extends ChannelInboundHandlerAdapter {

    private static final Log LOG = LogFactory.getLog(ConnectionSetup.class);

    private final ConnectionOwner owner;
    private final CompletableFuture<TcpConnectionSupport> opening;

    /// Not null while a PROXY protocol header is waited for.
    private @Nullable ProxyHeaderDetector detector;

    private @Nullable ScheduledFuture<?> headerTimer;

    /// What came behind the header while the host's name is looked up; null at other times.
    private @Nullable Deque<Object> early;

    /// @param opening completed when the connection can be used, or with the reason why it never will
    ConnectionSetup(ConnectionOwner owner, CompletableFuture<TcpConnectionSupport> opening) {
        this.owner = owner;
        this.opening = opening;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        SocketChannel channel = (SocketChannel) context.channel();
        ProxyProtocol proxy = owner.settings().proxyProtocol;
        if (proxy == null || channel.remoteAddress() == null) {
            lookUp(context, channel.remoteAddress());
        } else if (proxy.trusted().test(channel.remoteAddress())) {
            awaitHeader(context, proxy);
        } else if (proxy.required()) {
            refuse(
                    context,
                    proxy,
                    ProxyHeaderException.Reason.UNTRUSTED,
                    "a PROXY protocol header is required, and this peer is not trusted to send one");
        } else {
            lookUp(context, channel.remoteAddress());
        }
    }

    private void awaitHeader(ChannelHandlerContext context, ProxyProtocol proxy) {
        ProxyHeaderDetector first = new ProxyHeaderDetector();
        detector = first;
        context.pipeline().addBefore(context.name(), null, first);
        headerTimer = context.executor()
                .schedule(
                        () -> headerTimeout(context, proxy, first),
                        proxy.timeout().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private void headerTimeout(ChannelHandlerContext context, ProxyProtocol proxy, ProxyHeaderDetector first) {
        if (detector == null) {
            return;
        }
        if (proxy.required() || first.begun()) {
            refuse(
                    context,
                    proxy,
                    ProxyHeaderException.Reason.TIMEOUT,
                    "no complete PROXY protocol header within " + proxy.timeout());
        } else {
            withoutHeader(context, first);
        }
    }

    private void withoutHeader(ChannelHandlerContext context, ProxyHeaderDetector first) {
        headerDone();
        lookUp(context, ((SocketChannel) context.channel()).remoteAddress());
        if (context.pipeline().context(first) != null) {
            context.pipeline().remove(first); // hands on what it has read
        }
    }

    private void headerDone() {
        detector = null;
        if (headerTimer != null) {
            headerTimer.cancel(false);
        }
    }

    private void refuse(
            ChannelHandlerContext context, ProxyProtocol proxy, ProxyHeaderException.Reason reason, String message) {
        headerDone();
        SocketChannel channel = (SocketChannel) context.channel();
        ProxyHeaderException failure = new ProxyHeaderException(reason, message + ": " + channel.remoteAddress());
        LOG.debug(failure.getMessage());
        proxy.refused().accept(channel.remoteAddress(), failure);
        opening.completeExceptionally(failure);
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (detector == null || !(message instanceof HAProxyMessage header)) {
            if (early != null) {
                early.add(message);
            } else {
                ReferenceCountUtil.release(message); // the channel is being closed
            }
            return;
        }
        try {
            headerDone();
            lookUp(context, source(header, ((SocketChannel) context.channel()).remoteAddress()));
        } finally {
            header.release();
        }
    }

    /// The address in the header, or the peer's own where it names none.
    private static InetSocketAddress source(HAProxyMessage header, InetSocketAddress peer) {
        HAProxyProxiedProtocol protocol = header.proxiedProtocol();
        boolean tcp = protocol == HAProxyProxiedProtocol.TCP4 || protocol == HAProxyProxiedProtocol.TCP6;
        byte[] bytes = tcp && header.command() == HAProxyCommand.PROXY
                ? NetUtil.createByteArrayFromIpAddressString(header.sourceAddress())
                : null;
        if (bytes == null) {
            return peer;
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), header.sourcePort());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // only for other lengths than 4 and 16
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        ProxyHeaderDetector first = detector;
        ProxyProtocol proxy = owner.settings().proxyProtocol;
        if (first == null || proxy == null) {
            context.fireUserEventTriggered(event);
        } else if (event instanceof ProxyHeaderDetector.Found) {
            if (proxy.required()) {
                refuse(
                        context,
                        proxy,
                        ProxyHeaderException.Reason.MISSING,
                        "a PROXY protocol header is required, and something else came");
            } else {
                withoutHeader(context, first);
            }
        } else if (event instanceof ChannelInputShutdownEvent) {
            headerDone(); // a peer that only looked whether somebody listens
            context.close();
        }
    }

    @Override
    @SuppressWarnings("deprecation") // only ChannelHandler's general one is
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        ProxyProtocol proxy = owner.settings().proxyProtocol;
        if (detector == null || proxy == null) {
            context.fireExceptionCaught(cause);
        } else {
            refuse(context, proxy, ProxyHeaderException.Reason.MALFORMED, String.valueOf(cause.getMessage()));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        headerDone();
        if (early != null) {
            early.forEach(ReferenceCountUtil::release);
            early = null;
        }
        context.fireChannelInactive();
    }

    private void lookUp(ChannelHandlerContext context, @Nullable InetSocketAddress remote) {
        if (!owner.lookupHost() || remote == null) {
            setUp(context, remote);
            return;
        }
        // the name service may block: ask it elsewhere; the address remembers the answer
        SocketChannel channel = (SocketChannel) context.channel();
        channel.config().setAutoRead(false);
        early = new ArrayDeque<>();
        Thread.ofVirtual().name("lookup-" + remote).start(() -> {
            remote.getAddress().getHostName();
            channel.eventLoop().execute(() -> {
                if (channel.isActive()) {
                    setUp(context, remote);
                    channel.config().setAutoRead(true);
                }
            });
        });
    }

    private void setUp(ChannelHandlerContext context, @Nullable InetSocketAddress remote) {
        SocketChannel channel = (SocketChannel) context.channel();
        ConnectionHandler handler;
        try {
            ChannelSocket socket = new ChannelSocket(channel, remote);
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
        if (early != null) {
            early.forEach(message -> channel.pipeline().fireChannelRead(message));
            channel.pipeline().fireChannelReadComplete();
            early = null;
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
