package io.fairlead.integration.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.springframework.core.serializer.Serializer;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessagingException;

/// A Spring Integration connection that is a Netty channel.
///
/// Threads: everything happens on the channel's event loop. All public methods may be called from any thread; off the
/// loop they hop there, in the order of the calling thread. Nothing here waits. Sending is asynchronous: a write that
/// fails later publishes the exception event and closes the connection.
public final class NettyTcpConnection extends TcpConnectionSupport {

    /// Header of a batch's message that holds the [NettyTcpConnection] it came from.
    public static final String CONNECTION_HEADER = "ip_nettyConnection";

    private static final int PAUSED_BY_USER = 1;
    private static final int PAUSED_BY_DISPATCHER = 2;

    private final ChannelSocket socket;
    private final SocketChannel channel;
    private final EventLoop loop;
    private final ConnectionOwner owner;
    private final Runnable flush = this::flushNow;

    /// Bytes that other threads have sent and the loop has not yet taken over.
    private final AtomicLong handedOverBytes = new AtomicLong();

    /// Set by the first close(): no more sends are accepted.
    private final AtomicBoolean closing = new AtomicBoolean();

    /// Set while a listener is still to be registered by hand; that may happen on any thread.
    private volatile boolean awaitingListener;

    /// Why the connection is being closed; the first cause stays. Written on any thread, read by the loop.
    private volatile @Nullable Throwable closeCause;

    // The rest is used on the loop only.
    private @Nullable Object payload;
    private @Nullable ChannelHandlerContext edge;
    private boolean flushScheduled;
    private boolean finishing;
    private boolean sent;
    private int pauses;

    NettyTcpConnection(ChannelSocket socket, ConnectionOwner owner) {
        super(socket, owner.server(), owner.lookupHost(), owner.publisher(), owner.name());
        this.socket = socket;
        this.channel = socket.nettyChannel();
        this.loop = channel.eventLoop();
        this.owner = owner;
    }

    /// The channel; its pipeline is for its event loop.
    public Channel channel() {
        return channel;
    }

    /// The event loop on which everything of this connection happens.
    public EventLoop eventLoop() {
        return loop;
    }

    /// Sends a payload: a `ByteBuf` as it is (the connection owns it from here on, whatever happens), anything else
    /// through the mapper and the serializer, on the calling thread. What is sent on the loop within one pass is
    /// flushed once, at the pass's end.
    ///
    /// @throws MessagingException if the connection is closed, or the payload cannot be serialized; the connection
    /// is closed in the second case
    @Override
    public void send(Message<?> message) {
        ByteBuf bytes = message.getPayload() instanceof ByteBuf buffer ? buffer : serialize(message);
        if (!write(bytes)) {
            MessagingException failure = new MessagingException(
                    message, "Send failed: " + getConnectionId() + " is closed", new ClosedChannelException());
            publishConnectionExceptionEvent(failure);
            throw failure;
        }
    }

    /// Sends bytes without the `Message` around them; the connection owns the buffer from here on.
    ///
    /// @return false if the connection is closed: the buffer is released, nothing is sent
    public boolean write(ByteBuf bytes) {
        if (closing.get()) {
            bytes.release();
            return false;
        }
        if (loop.inEventLoop()) {
            return writeOnLoop(bytes);
        }
        int length = bytes.readableBytes();
        handedOverBytes.addAndGet(length);
        try {
            loop.execute(() -> {
                handedOverBytes.addAndGet(-length);
                writeOnLoop(bytes);
            });
            return true;
        } catch (RejectedExecutionException e) { // the loop has ended, and with it the channel
            handedOverBytes.addAndGet(-length);
            bytes.release();
            return false;
        }
    }

    private boolean writeOnLoop(ByteBuf bytes) {
        if (finishing || !channel.isActive()) {
            bytes.release();
            return false;
        }
        channel.write(bytes, channel.voidPromise());
        sent = true;
        if (!channel.isWritable()) {
            // more than the high water mark in one pass: the socket may well take it, so find out before anyone
            // pauses
            channel.flush();
        } else if (!flushScheduled) {
            flushScheduled = true;
            loop.execute(flush);
        }
        return true;
    }

    private void flushNow() {
        flushScheduled = false;
        channel.flush();
    }

    @SuppressWarnings("unchecked") // Spring Integration's serializers are of unknown type; theirs is the same cast
    private ByteBuf serialize(Message<?> message) {
        ByteBuf bytes = channel.alloc().ioBuffer();
        try (ByteBufOutputStream out = new ByteBufOutputStream(bytes)) {
            Object object = getMapper().fromMessage(message);
            if (object == null) {
                throw new IllegalStateException("The mapper returned null for message: " + message);
            }
            ((Serializer<Object>) getSerializer()).serialize(object, out);
            return bytes;
        } catch (IOException | RuntimeException e) {
            bytes.release();
            MessagingException failure = new MessagingException(message, "Send failed: " + getConnectionId(), e);
            publishConnectionExceptionEvent(failure);
            closeExceptionally(failure);
            throw failure;
        }
    }

    /// The bytes that were sent and are not yet with the kernel. Approximate off the loop.
    public long bufferedBytes() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return handedOverBytes.get() + (buffer == null ? 0 : buffer.totalPendingWriteBytes());
    }

    /// Whether the unsent bytes are below the water mark. Sending is never refused for it: who sends on decides.
    public boolean isWritable() {
        return channel.isWritable()
                && handedOverBytes.get() < owner.settings().writeBufferWaterMark.high();
    }

    /// Stops reading from the peer until [#resumeReading()]; what has been read is still decoded and handed over.
    public void pauseReading() {
        pause(PAUSED_BY_USER);
    }

    /// Reads on after [#pauseReading()].
    public void resumeReading() {
        resume(PAUSED_BY_USER);
    }

    void pauseForDispatcher() {
        pause(PAUSED_BY_DISPATCHER);
    }

    void resumeForDispatcher() {
        resume(PAUSED_BY_DISPATCHER);
    }

    private void pause(int reason) {
        onLoop(() -> {
            pauses |= reason;
            channel.config().setAutoRead(false);
        });
    }

    private void resume(int reason) {
        onLoop(() -> {
            pauses &= ~reason;
            if (pauses == 0 && !finishing) {
                channel.config().setAutoRead(true);
            }
        });
    }

    /// The current message's object, or the current [ReadBatch]: valid while the mapper or the listener is being
    /// called with it, null at any other time.
    @Override
    public @Nullable Object getPayload() {
        return payload;
    }

    void setPayload(@Nullable Object payload) {
        this.payload = payload;
    }

    /// Closes after what was sent so far is flushed, for which the factory's close time-out bounds the wait. No
    /// more is read. The close event is published now.
    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            owner.forget(this);
            onLoop(this::finish);
        }
        super.close();
    }

    /// Closes like [#close()], with a cause that the observer is told.
    public void closeExceptionally(Throwable cause) {
        noteCause(cause);
        closeConnection(true);
    }

    void noteCause(Throwable cause) {
        if (closeCause == null) {
            closeCause = cause;
        }
    }

    @Nullable Throwable closeCause() {
        return closeCause;
    }

    private void finish() {
        finishing = true;
        ChannelHandlerContext context = edge;
        long timeoutMillis = owner.settings().closeTimeout.toMillis();
        if (context == null || !channel.isActive() || timeoutMillis == 0) {
            channel.close();
            return;
        }
        channel.config().setAutoRead(false);
        ChannelFuture flushed = context.writeAndFlush(Unpooled.EMPTY_BUFFER);
        if (flushed.isDone()) {
            channel.close();
            return;
        }
        ScheduledFuture<?> timeout = loop.schedule(() -> channel.close(), timeoutMillis, TimeUnit.MILLISECONDS);
        flushed.addListener(done -> {
            timeout.cancel(false);
            channel.close();
        });
    }

    /// Closes without waiting for anything.
    void abort() {
        closing.set(true);
        finishing = true;
        channel.close();
    }

    /// The channel is closed; on the loop. Tells interceptors and senders, who may not know yet.
    void channelClosed() {
        closeConnection(true);
        owner.forget(this);
    }

    /// Below it are only the SSL handler and the socket: empty writes from here meet no encoder.
    void setEdge(ChannelHandlerContext edge) {
        this.edge = edge;
    }

    @Override
    public boolean isOpen() {
        return !closing.get() && channel.isOpen();
    }

    /// The peer's port.
    @Override
    public int getPort() {
        return socket.getPort();
    }

    @Override
    public Object getDeserializerStateKey() {
        return this;
    }

    @Override
    public @Nullable SSLSession getSslSession() {
        SslHandler ssl = channel.pipeline().get(SslHandler.class);
        return ssl == null ? null : ssl.engine().getSession();
    }

    /// Receives nothing more; what the peer still sends is refused by the kernel.
    @Override
    public void shutdownInput() {
        onLoop(() -> channel.shutdownInput());
    }

    /// Ends the output after what was sent so far; the peer sees the end of the stream and may still answer.
    @Override
    public void shutdownOutput() {
        onLoop(() -> {
            ChannelHandlerContext context = edge;
            if (context == null || finishing) {
                return;
            }
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
                SslHandler ssl = channel.pipeline().get(SslHandler.class);
                if (ssl != null) {
                    ssl.closeOutbound();
                } else {
                    channel.shutdownOutput();
                }
            });
        });
    }

    /// Whether anything was sent since the last call.
    boolean takeSent() {
        boolean result = sent;
        sent = false;
        return result;
    }

    /// Nothing to run: the event loop reads.
    @Override
    public void run() {}

    @Override
    public void enableManualListenerRegistration() {
        awaitingListener = true;
        super.enableManualListenerRegistration();
    }

    @Override
    public void registerListener(@Nullable TcpListener listener) {
        super.registerListener(listener);
        awaitingListener = false;
    }

    /// The listener; on the loop null while it is still to be registered by hand, because Spring Integration would
    /// wait for it. Messages of such a connection are handed over on another thread, which does wait.
    @Override
    public @Nullable TcpListener getListener() {
        return awaitingListener && loop.inEventLoop() ? null : super.getListener();
    }

    void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) { // the loop has ended and has closed its channels
            logger.debug("Event loop has ended; nothing left to do for " + getConnectionId());
        }
    }

    // The superclass's methods are out of the handlers' reach: widened for them.

    void publishOpen() {
        publishConnectionOpenEvent();
    }

    void publishException(Throwable cause) {
        publishConnectionExceptionEvent(cause);
    }

    void tellListener(Exception cause) {
        sendExceptionToListener(cause);
    }

    ConnectionOwner owner() {
        return owner;
    }
}
