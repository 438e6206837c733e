package io.fairlead.integration.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.integration.ip.tcp.connection.AbstractClientConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnectionFailedEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;

/// Connects to a host and port; its connections are Netty channels.
///
/// [#connect()] never waits and always makes a new connection. `getConnection()` is Spring Integration's: it waits,
/// and gives the shared connection unless `singleUse` is set. Both may be called from any thread, `getConnection()`
/// not on an event loop when it would have to connect. Start, stop and setters are for one thread at a time.
public final class NettyTcpClientConnectionFactory extends AbstractClientConnectionFactory
        implements NettyTcpConnectionFactory {

    private final ConnectionSettings settings = new ConnectionSettings();
    private final ConnectionOwner owner = new Owner();
    private final ChannelGroup channels = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);

    private @Nullable Duration connectTimeout;
    private @Nullable Executor dispatchExecutor;
    private @Nullable EventLoop eventLoop;
    private boolean listenersByHand;
    private @Nullable NettyTransport ownTransport;

    public NettyTcpClientConnectionFactory(String host, int port) {
        super(host, port);
        setSoTcpNoDelay(true);
        setSoKeepAlive(true);
        setApplicationEventPublisher(event -> {});
    }

    @Override
    public ConnectionSettings settings() {
        return settings;
    }

    /// Puts all connections of this factory on this one loop, which is one of the transport's. By default they are
    /// spread over the transport's loops.
    public void setEventLoop(EventLoop eventLoop) {
        this.eventLoop = eventLoop;
    }

    /// How long connecting may take, to each address of the host (1 ms to some 24 days; default 60 s). The TLS
    /// handshake has a limit of its own (`sslHandshakeTimeout`, default 10 s).
    public void setConnectTimeout(Duration connectTimeout) {
        this.connectTimeout = ConnectionSettings.between("connectTimeout", connectTimeout, Duration.ofMillis(1));
    }

    @Override
    protected Duration getConnectTimeout() {
        return connectTimeout == null ? super.getConnectTimeout() : connectTimeout;
    }

    /// Where the listener is called, if single messages are handed over; without one it is called on the event loop.
    @Override
    public void setTaskExecutor(Executor taskExecutor) {
        this.dispatchExecutor = taskExecutor;
    }

    @Override
    public void enableManualListenerRegistration() {
        listenersByHand = true;
        super.enableManualListenerRegistration();
    }

    @Override
    public String getComponentType() {
        return "netty-tcp-client-connection-factory";
    }

    @Override
    public void start() {
        lifecycleMonitor.lock();
        try {
            if (isActive()) {
                return;
            }
            settings.check(false);
            if (listenersByHand && settings.batching) {
                throw new IllegalStateException("Listeners that are registered by hand, as by a caching factory, take"
                        + " single messages: setBatching(false)");
            }
            if (settings.transport == null && eventLoop == null) {
                ownTransport = NettyTransport.create(1, "tcp-client-" + getPort());
            }
            setActive(true);
        } finally {
            lifecycleMonitor.unlock();
        }
        super.start();
    }

    @Override
    public void stop() {
        if (!isActive()) {
            return;
        }
        super.stop();
        if (!NettyTransport.onEventLoopThread()) { // they close themselves once flushed, or at the close time-out
            channels.newCloseFuture().awaitUninterruptibly(settings.closeTimeout.toMillis() + 1, TimeUnit.MILLISECONDS);
        }
        channels.close();
        NettyTransport transport = ownTransport;
        ownTransport = null;
        if (transport != null) {
            transport.close();
        }
    }

    /// Makes a new connection without waiting: the future is completed on the connection's event loop once it can
    /// be used (connected, and the TLS handshake done), or fails with an `IOException`. The connection is wrapped
    /// by the interceptors and known to listener and senders. A connection test is not run.
    ///
    /// @throws UncheckedIOException if the factory is not started
    public CompletableFuture<TcpConnectionSupport> connect() {
        checkActive();
        CompletableFuture<TcpConnectionSupport> opening = open();
        opening.whenComplete((connection, failure) -> {
            if (failure != null) {
                getApplicationEventPublisher().publishEvent(new TcpConnectionFailedEvent(this, failure));
            }
        });
        return opening;
    }

    private CompletableFuture<TcpConnectionSupport> open() {
        String host = Objects.requireNonNull(getHost(), "host");
        CompletableFuture<TcpConnectionSupport> opening = new CompletableFuture<>();
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal == null) { // a name: asking for its addresses may block
            Thread.ofVirtual().name("resolve-" + host).start(() -> resolveAndConnect(host, opening));
        } else {
            resolveAndConnect(host, opening);
        }
        return opening;
    }

    private void resolveAndConnect(String host, CompletableFuture<TcpConnectionSupport> opening) {
        try {
            connect(InetAddress.getAllByName(host), 0, opening);
        } catch (UnknownHostException | RuntimeException e) {
            opening.completeExceptionally(e);
        }
    }

    /// Tries the addresses in the order in which the name service gave them.
    private void connect(InetAddress[] addresses, int index, CompletableFuture<TcpConnectionSupport> opening) {
        ChannelFuture connecting = bootstrap(opening).connect(new InetSocketAddress(addresses[index], getPort()));
        connecting.addListener(done -> {
            Throwable failure = done.cause();
            if (failure == null) {
                return;
            }
            if (index + 1 < addresses.length && isActive()) {
                connect(addresses, index + 1, opening);
            } else {
                opening.completeExceptionally(failure);
            }
        });
    }

    private Bootstrap bootstrap(CompletableFuture<TcpConnectionSupport> opening) {
        NettyTransport transport = settings.transport == null ? ownTransport : settings.transport;
        if (transport == null) {
            throw new IllegalStateException(
                    eventLoop == null
                            ? this + " has been stopped"
                            : "setEventLoop needs the transport of that loop: call setTransport, too");
        }
        Bootstrap bootstrap = new Bootstrap()
                .group(eventLoop == null ? transport.next() : eventLoop)
                .channel(transport.channelType())
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(getConnectTimeout().toMillis()))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channels.add(channel);
                        channel.pipeline().addLast(new ConnectionSetup(owner, opening));
                    }
                });
        settings.applyOptions(transport.epoll(), bootstrap::option);
        if (getSoReceiveBufferSize() > 0) { // before the handshake, or the window cannot grow
            bootstrap.option(ChannelOption.SO_RCVBUF, getSoReceiveBufferSize());
        }
        return bootstrap;
    }

    @Override
    protected TcpConnectionSupport obtainConnection() throws InterruptedException {
        if (NettyTransport.onEventLoopThread()) {
            TcpConnectionSupport shared = isSingleUse() ? null : getTheConnection();
            if (shared != null && shared.isOpen()) {
                return shared;
            }
            throw new IllegalStateException(
                    "getConnection() would wait for a new connection on an event loop, which must"
                            + " not wait: use connect(), or set a taskExecutor on the factory whose listener calls it");
        }
        return super.obtainConnection();
    }

    @Override
    protected TcpConnectionSupport buildNewConnection() {
        try {
            return open().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("Interrupted while connecting");
            interrupted.initCause(e);
            throw new UncheckedIOException(interrupted);
        } catch (ExecutionException e) {
            IOException cause = e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
            throw new UncheckedIOException(
                    "Cannot connect to " + getHost() + ":" + getPort() + ": " + cause.getMessage(), cause);
        }
    }

    private final class Owner implements ConnectionOwner {

        @Override
        public ConnectionSettings settings() {
            return settings;
        }

        @Override
        public boolean server() {
            return false;
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
            SslHandler handler = context.newHandler(allocator, Objects.requireNonNull(getHost()), getPort());
            Integer timeoutSeconds = getSslHandshakeTimeout();
            if (timeoutSeconds != null) {
                handler.setHandshakeTimeout(timeoutSeconds, TimeUnit.SECONDS);
            }
            return handler;
        }

        /// Who waits for a listener that is registered by hand must not be the loop.
        @Override
        public @Nullable MessageDispatcher dispatcher(NettyTcpConnection connection) {
            Executor executor = dispatchExecutor;
            if (executor == null && listenersByHand) {
                executor = task -> Thread.ofVirtual()
                        .name("listener-" + connection.getConnectionId())
                        .start(task);
            }
            return executor == null ? null : new MessageDispatcher(connection, executor);
        }

        @Override
        public void forget(NettyTcpConnection connection) {
            connections.remove(connection.getConnectionId());
        }
    }
}
