package io.fairlead.integration.netty;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnectionServerListeningEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;

/// Listens on a port; its connections are Netty channels.
///
/// `start()` binds before it returns, or throws. `stop()` closes all connections and waits at most about
/// [#setCloseTimeout(java.time.Duration)] until what was sent is flushed; it drains nothing else. Without a
/// listener nothing is bound, as with Spring Integration's own factories. Start, stop and setters are for one
/// thread at a time.
public final class NettyTcpServerConnectionFactory extends AbstractServerConnectionFactory
        implements NettyTcpConnectionFactory {

    /// The kernel bounds it further (`net.core.somaxconn`).
    private static final int DEFAULT_BACKLOG = 4096;

    private final ConnectionSettings settings = new ConnectionSettings();
    private final ConnectionOwner owner = new Owner();
    private final ChannelGroup channels = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);

    private int maxConnections = Integer.MAX_VALUE;
    private @Nullable AcceptRamp acceptRamp;
    private @Nullable Executor dispatchExecutor;
    private @Nullable NettyTransport ownTransport;
    private volatile @Nullable Channel serverChannel;

    /// @param port 0 for any free one; [#getPort()] tells it once started
    public NettyTcpServerConnectionFactory(int port) {
        super(port);
        setBacklog(DEFAULT_BACKLOG);
        setSoTcpNoDelay(true);
        setSoKeepAlive(true);
        setApplicationEventPublisher(event -> {});
    }

    @Override
    public ConnectionSettings settings() {
        return settings;
    }

    /// How many connections may be open at once (at least 1; unlimited by default). At the limit no more are
    /// accepted: clients wait in the kernel's backlog until one has closed.
    public void setMaxConnections(int maxConnections) {
        this.maxConnections = ConnectionSettings.atLeast("maxConnections", maxConnections, 1);
    }

    /// How fast connections are accepted after each start; null (the default) for as fast as they come.
    public void setAcceptRamp(@Nullable AcceptRamp acceptRamp) {
        this.acceptRamp = acceptRamp;
    }

    /// Whether connections begin with a PROXY protocol header; null (the default) for none.
    public void setProxyProtocol(@Nullable ProxyProtocol proxyProtocol) {
        settings.proxyProtocol = proxyProtocol;
    }

    /// Where the listener is called, if single messages are handed over; without one it is called on the event loop.
    @Override
    public void setTaskExecutor(Executor taskExecutor) {
        this.dispatchExecutor = taskExecutor;
    }

    /// The superclass starts [#run()] on it: binding is done on the starting thread.
    @Override
    protected Executor getTaskExecutor() {
        return Runnable::run;
    }

    @Override
    public String getComponentType() {
        return "netty-tcp-server-connection-factory";
    }

    /// The port that is listened on; before the start, or after the stop, the configured one.
    @Override
    public int getPort() {
        return super.getPort() == 0 && getServerSocketAddress() instanceof InetSocketAddress address
                ? address.getPort()
                : super.getPort();
    }

    @Override
    public @Nullable SocketAddress getServerSocketAddress() {
        Channel channel = serverChannel;
        return channel == null ? null : channel.localAddress();
    }

    /// Binds; called by `start()`.
    ///
    /// @throws UncheckedIOException if it cannot
    @Override
    public void run() {
        try {
            bind();
        } finally {
            if (serverChannel == null) {
                setActive(false);
                closeOwnTransport();
            }
        }
    }

    private void bind() {
        if (getListener() == null) {
            logger.info(() -> this + " No listener is registered with this factory: nothing is bound");
            return;
        }
        if (NettyTransport.onEventLoopThread()) {
            throw new IllegalStateException(
                    "start() binds and waits for it: call it on another thread than an event loop");
        }
        settings.check(true);
        NettyTransport transport = settings.transport;
        if (transport == null) {
            transport =
                    NettyTransport.create(Runtime.getRuntime().availableProcessors(), "tcp-server-" + super.getPort());
            ownTransport = transport;
        }
        ChannelFuture bound = bootstrap(transport).bind(address()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw bindFailure(bound.cause());
        }
        Channel channel = bound.channel();
        serverChannel = channel;
        setListening(true);
        channel.closeFuture().addListener(closed -> {
            if (channel.equals(serverChannel) && isListening()) { // not by stop() or stopAccepting()
                setListening(false);
                publishServerExceptionEvent(new SocketException("The server socket was closed: port " + getPort()));
            }
        });
        logger.info(() -> this + " Listening");
        publishServerListeningEvent(getPort());
    }

    private ServerBootstrap bootstrap(NettyTransport transport) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(transport.group())
                .channel(transport.serverChannelType())
                .option(ChannelOption.SO_BACKLOG, getBacklog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .handler(new AcceptGate(maxConnections, acceptRamp, this::isShuttingDown, this::acceptFailed))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channels.add(channel);
                        channel.pipeline().addLast(new ConnectionSetup(owner, new CompletableFuture<>()));
                    }
                });
        settings.applyOptions(transport.epoll(), bootstrap::childOption);
        if (getSoReceiveBufferSize() > 0) { // before the handshake, or the window cannot grow
            bootstrap.option(ChannelOption.SO_RCVBUF, getSoReceiveBufferSize());
        }
        if (maxConnections < Integer.MAX_VALUE
                || acceptRamp != null) { // NIO would accept a few more than the gate lets in
            bootstrap.option(
                    ChannelOption.RECVBUF_ALLOCATOR, new ServerChannelRecvByteBufAllocator().maxMessagesPerRead(1));
        }
        return bootstrap;
    }

    private InetSocketAddress address() {
        String local = getLocalAddress();
        return local == null ? new InetSocketAddress(super.getPort()) : new InetSocketAddress(local, super.getPort());
    }

    private UncheckedIOException bindFailure(@Nullable Throwable cause) {
        IOException failure = cause instanceof IOException e ? e : new IOException(cause);
        InetSocketAddress address = address();
        UncheckedIOException result = new UncheckedIOException(
                "Cannot listen on port " + address.getPort() + " of " + address.getHostString() + ": "
                        + failure.getMessage()
                        + ". Stop the process that uses the port, choose another one, or 0 for any free one;"
                        + " a local address must be one of this machine's",
                failure);
        logger.error(() -> result.getMessage());
        publishServerExceptionEvent(failure);
        return result;
    }

    private void acceptFailed(Throwable cause) {
        publishServerExceptionEvent(cause instanceof Exception e ? e : new IOException(cause));
    }

    /// At once where there is no scheduler: the factory also works without an application context.
    @Override
    protected void publishServerListeningEvent(int port) {
        if (getBeanFactory() != null && getBeanFactory().containsBean("taskScheduler")) {
            super.publishServerListeningEvent(port);
        } else {
            getApplicationEventPublisher().publishEvent(new TcpConnectionServerListeningEvent(this, port));
        }
    }

    /// Closes the port and waits until it is; open connections go on, until [#stop()]. Whoever connects from here on is
    /// refused by the kernel. Does nothing where nothing is bound.
    public void stopAccepting() {
        Channel channel = serverChannel;
        if (channel == null) {
            return;
        }
        setListening(false);
        ChannelFuture closed = channel.close();
        if (!NettyTransport.onEventLoopThread()) {
            closed.awaitUninterruptibly(settings.closeTimeout.toMillis() + 1, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void stop() {
        Channel channel = serverChannel;
        if (channel == null) {
            return;
        }
        serverChannel = null;
        setListening(false);
        boolean mayWait = !NettyTransport.onEventLoopThread();
        ChannelFuture closed = channel.close();
        if (mayWait) {
            closed.awaitUninterruptibly(settings.closeTimeout.toMillis() + 1, TimeUnit.MILLISECONDS);
        }
        super.stop();
        if (mayWait) { // the connections close themselves once flushed, or at the close time-out
            channels.newCloseFuture().awaitUninterruptibly(settings.closeTimeout.toMillis() + 1, TimeUnit.MILLISECONDS);
        }
        channels.close();
        closeOwnTransport();
    }

    private void closeOwnTransport() {
        NettyTransport transport = ownTransport;
        ownTransport = null;
        if (transport != null) {
            transport.close();
        }
    }

    private final class Owner implements ConnectionOwner {

        @Override
        public ConnectionSettings settings() {
            return settings;
        }

        @Override
        public boolean server() {
            return true;
        }

        @Override
        public boolean lookupHost() {
            return isLookupHost();
        }

        @Override
        public @Nullable String name() {
            return getComponentName();
        }

        @Override
        public ApplicationEventPublisher publisher() {
            return getApplicationEventPublisher();
        }

        @Override
        public TcpConnectionSupport adopt(NettyTcpConnection connection, Socket socket) throws SocketException {
            setSocketAttributes(socket);
            TcpConnectionSupport wrapped = wrapConnection(connection);
            initializeConnection(wrapped, socket);
            return wrapped;
        }

        @Override
        public SslHandler sslHandler(SslContext context, ByteBufAllocator allocator) {
            SslHandler handler = context.newHandler(allocator);
            Integer timeoutSeconds = getSslHandshakeTimeout();
            if (timeoutSeconds != null) {
                handler.setHandshakeTimeout(timeoutSeconds, TimeUnit.SECONDS);
            }
            return handler;
        }

        @Override
        public @Nullable MessageDispatcher dispatcher(NettyTcpConnection connection) {
            Executor executor = dispatchExecutor;
            return executor == null ? null : new MessageDispatcher(connection, executor);
        }

        @Override
        public void forget(NettyTcpConnection connection) {
            connections.remove(connection.getConnectionId());
        }
    }
}
