package io.fairlead.integration.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private final ConnectionWriter writer;
    private final ConnectionOwner owner;

    /// Set by the first close(): no more sends are accepted.
    private final AtomicBoolean closing = new AtomicBoolean();

    /// Set while a listener is still to be registered by hand; that may happen on any thread.
    private volatile boolean awaitingListener;

    /// Why the connection is being closed; the first cause stays. Written on any thread, read by the loop.
    private volatile @Nullable Throwable closeCause;

    // The rest is used on the loop only.
    private @Nullable Object payload;
    private int pauses;

    NettyTcpConnection(ChannelSocket socket, ConnectionOwner owner) {
        super(socket, owner.server(), owner.lookupHost(), owner.publisher(), owner.name());
        this.socket = socket;
        this.channel = socket.nettyChannel();
        this.loop = channel.eventLoop();
        this.owner = owner;
        this.writer = new ConnectionWriter(this, channel, owner.settings());
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
    /// While the connection is not writable, threads other than event loops wait, at most for the factory's send
    /// time-out.
    ///
    /// @throws MessagingException if the connection is closed, or if it is closed now because the payload cannot be
    /// serialized, or the peer has not read in time
    @Override
    public void send(Message<?> message) {
        ByteBuf bytes = message.getPayload() instanceof ByteBuf buffer ? buffer : serialize(message);
        awaitWritable(message, bytes);
        if (!write(bytes)) {
            MessagingException failure = new MessagingException(
                    message, "Send failed: " + getConnectionId() + " is closed", new ClosedChannelException());
            publishConnectionExceptionEvent(failure);
            throw failure;
        }
    }

    /// Sends bytes without the `Message` around them, and never waits; the connection owns the buffer from here on.
    ///
    /// @return false if the connection is closed, now or because of too many unsent bytes: the buffer is released,
    /// nothing is sent
    public boolean write(ByteBuf bytes) {
        if (closing.get()) {
            bytes.release();
            return false;
        }
        return writer.write(bytes);
    }

    private void awaitWritable(Message<?> message, ByteBuf bytes) {
        try {
            if (writer.awaitWritable()) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            bytes.release();
            throw new MessagingException(message, "Interrupted while waiting to send on " + getConnectionId(), e);
        }
        bytes.release();
        SlowReaderException cause = new SlowReaderException("Nothing could be sent to " + getConnectionId() + " within "
                + owner.settings().sendTimeout + " (sendTimeout): its peer does not read");
        failOnLoop(cause);
        throw new MessagingException(message, "Send failed: " + getConnectionId(), cause);
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
        return writer.bufferedBytes();
    }

    /// Whether the unsent bytes are below the water mark. Who may not wait stops its sources while they are not, and
    /// goes on at [NettyConnectionObserver#writabilityChanged(NettyTcpConnection)].
    public boolean isWritable() {
        return writer.isWritable();
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
            if (pauses == 0 && !writer.finishing()) {
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
        channel.config().setAutoRead(false);
        writer.finish();
    }

    /// Closes without waiting for anything; on the loop.
    void abort() {
        closing.set(true);
        writer.abort();
    }

    /// Lets the connection fail as if its pipeline had; from any thread.
    void failOnLoop(IOException cause) {
        onLoop(() -> {
            if (channel.isActive()) {
                channel.pipeline().fireExceptionCaught(cause);
            }
        });
    }

    /// The channel is closed; on the loop. Tells interceptors and senders, who may not know yet.
    void channelClosed() {
        closeConnection(true);
        owner.forget(this);
        writer.writabilityChanged();
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
            ChannelFuture flushed = writer.finishing() ? null : writer.flushFromEdge();
            if (flushed == null) {
                return;
            }
            flushed.addListener(done -> {
                SslHandler ssl = channel.pipeline().get(SslHandler.class);
                if (ssl != null) {
                    ssl.closeOutbound();
                } else {
                    channel.shutdownOutput();
                }
            });
        });
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

    ConnectionWriter writer() {
        return writer;
    }

    ConnectionOwner owner() {
        return owner;
    }
}
