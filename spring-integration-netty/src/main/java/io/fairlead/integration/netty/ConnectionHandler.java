package io.fairlead.integration.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.ip.tcp.connection.NoListenerException;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessagingException;

/// The last handler of a connection's pipeline: hands what was decoded to the listener and tells the observer and
/// Spring Integration of the connection's life. On the connection's event loop throughout.
final class ConnectionHandler extends ChannelInboundHandlerAdapter {

    private static final Log LOG = LogFactory.getLog(ConnectionHandler.class);

    private final NettyTcpConnection connection;
    private final NettyConnectionObserver observer;
    private final CompletableFuture<TcpConnectionSupport> opening;
    private final @Nullable MessageDispatcher dispatcher;
    private final @Nullable ReadBatch batch;
    private final @Nullable BatchMessage batchMessage;

    /// The connection as its interceptors have wrapped it.
    private TcpConnectionSupport wrapped;

    private boolean opened;
    private boolean failed;

    /// The listener is being called with the batch, in which a write of its own may fail the connection.
    private boolean delivering;

    private boolean inputShut;
    private boolean readSinceIdle = true;

    /// @param opening completed when the connection can be used, or with the reason why it never will
    ConnectionHandler(NettyTcpConnection connection, CompletableFuture<TcpConnectionSupport> opening) {
        this.connection = connection;
        this.wrapped = connection;
        this.opening = opening;
        ConnectionOwner owner = connection.owner();
        this.observer = owner.settings().observer;
        this.batch = owner.settings().batching ? new ReadBatch() : null;
        this.batchMessage = batch == null ? null : new BatchMessage(connection, batch);
        this.dispatcher = batch == null ? owner.dispatcher(connection) : null;
    }

    void setWrapped(TcpConnectionSupport wrapped) {
        this.wrapped = wrapped;
    }

    /// The connection can be used.
    void open() {
        if (opened || !connection.isOpen()) {
            return;
        }
        opened = true;
        connection.publishOpen();
        observer.opened(connection);
        opening.complete(wrapped);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object object) {
        readSinceIdle = true;
        if (!connection.isOpen()) {
            ReferenceCountUtil.release(object);
        } else if (batch != null) {
            batch.add(object);
            if (batch.isFull()) {
                deliverBatch();
            }
        } else {
            deliver(object);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        deliverBatch();
        observer.readComplete(connection);
    }

    private void deliverBatch() {
        if (batch == null || batch.isEmpty() || delivering) {
            return;
        }
        delivering = true;
        connection.setPayload(batch);
        try {
            TcpListener listener = connection.getListener();
            if (listener != null) {
                listener.onMessage(Objects.requireNonNull(batchMessage));
            }
        } catch (RuntimeException e) { // part of the batch may be lost: the connection cannot go on as if nothing was
            fail(e);
        } finally {
            connection.setPayload(null);
            batch.clear();
            delivering = false;
        }
    }

    private void deliver(Object object) {
        Message<?> message;
        connection.setPayload(object);
        try {
            message = connection.getMapper().toMessage(connection);
        } catch (RuntimeException e) {
            ReferenceCountUtil.release(object);
            fail(e);
            return;
        } finally {
            connection.setPayload(null);
        }
        if (message == null) {
            ReferenceCountUtil.release(object);
        } else if (dispatcher == null) {
            call(message, object);
        } else {
            dispatcher.dispatch(() -> call(message, object));
        }
    }

    /// Hands a message to the listener; like Spring Integration's own connections it outlives what the listener
    /// throws.
    private void call(Message<?> message, Object object) {
        try {
            TcpListener listener = connection.getListener();
            if (listener == null) {
                throw new NoListenerException("No listener");
            }
            listener.onMessage(message);
        } catch (NoListenerException e) { // an interceptor may throw it, too
            LOG.debug("Message without a listener dropped: " + connection.getConnectionId());
        } catch (RuntimeException e) {
            LOG.error("The listener failed on a message from " + connection.getConnectionId(), e);
        } finally {
            ReferenceCountUtil.release(object);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                open();
            } else {
                fail(handshake.cause());
            }
        } else if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            inputShutdown();
        } else if (event instanceof IdleStateEvent idle && idle.state() == IdleState.READER_IDLE) {
            readerIdle();
        }
    }

    private void inputShutdown() {
        if (inputShut || !connection.isOpen()) {
            return;
        }
        inputShut = true;
        deliverBatch();
        // behind the messages that still wait for the executor
        dispatch(() -> connection.onLoop(() -> {
            if (connection.isOpen()) {
                observer.inputShutdown(connection);
            }
        }));
    }

    /// As Spring Integration has it: the read time-out ends a server's connection; a client's is spared once if it
    /// has sent something meanwhile.
    private void readerIdle() {
        boolean sent = connection.writer().takeSent();
        if (!connection.isServer() && sent && readSinceIdle) {
            readSinceIdle = false;
            return;
        }
        fail(new SocketTimeoutException("Nothing was read in time from " + connection.getConnectionId()));
        connection.abort();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        connection.writer().writabilityChanged();
        observer.writabilityChanged(connection);
    }

    @Override
    @SuppressWarnings("deprecation") // only ChannelHandler's general one is
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!connection.isOpen() && cause instanceof ClosedChannelException) {
            return; // each write that was pending when the connection closed says so
        }
        deliverBatch(); // what was decoded before the failure is good
        fail(cause);
        if (cause instanceof IOException) {
            connection.abort();
        }
    }

    private void fail(Throwable cause) {
        if (failed) {
            LOG.debug("Further failure of " + connection.getConnectionId(), cause);
            return;
        }
        failed = true;
        connection.noteCause(cause);
        if (LOG.isDebugEnabled()) {
            LOG.debug("Failure of " + connection.getConnectionId(), cause);
        }
        connection.publishException(cause);
        opening.completeExceptionally(cause);
        observer.failed(connection, cause);
        if (!opened) {
            connection.closeExceptionally(cause); // without TLS nothing can be said to the peer
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        deliverBatch();
        connection.channelClosed();
        Throwable cause = connection.closeCause();
        opening.completeExceptionally(cause == null ? new EOFException("Closed before it was opened") : cause);
        if (batch == null) {
            Exception forListener = cause == null
                    ? new EOFException("Connection is closed")
                    : cause instanceof Exception e ? e : new MessagingException("Connection failed", cause);
            dispatch(() -> tellListener(forListener));
        }
        if (opened) {
            observer.closed(connection, cause);
        }
    }

    /// A request that waits for its reply on this connection must learn that none will come.
    private void tellListener(Exception cause) {
        try {
            connection.tellListener(cause);
        } catch (RuntimeException e) {
            LOG.debug("The listener failed on the close of " + connection.getConnectionId(), e);
        }
    }

    private void dispatch(Runnable call) {
        if (dispatcher == null) {
            call.run();
        } else {
            dispatcher.dispatch(call);
        }
    }
}
