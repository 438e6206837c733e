package io.fairlead.integration.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A connection's way out.
///
/// On the loop a buffer is written at once and flushed with all others at the end of the loop's pass, by one task
/// that the first of them puts behind whatever the loop has to do. Buffers of other threads become tasks, so they
/// fall into one flush as well. When the high water mark is passed, a flush is tried at once: the socket may take
/// it all, and then nobody needs to pause. Unsent bytes are bounded by `maxBufferedBytes` (plus one buffer, so that
/// a large one can go).
final class ConnectionWriter {

    private final NettyTcpConnection connection;
    private final SocketChannel channel;
    private final EventLoop loop;
    private final ConnectionSettings settings;
    private final Runnable flush = this::flushNow;

    /// Bytes that other threads have sent and the loop has not yet taken over.
    private final AtomicLong handedOverBytes = new AtomicLong();

    /// Guards only the wait for writability; held for no call into the channel.
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final AtomicInteger waiting = new AtomicInteger();

    // On the loop only.
    private @Nullable ChannelHandlerContext edge;
    private boolean flushScheduled;
    private boolean finishing;
    private boolean sent;

    ConnectionWriter(NettyTcpConnection connection, SocketChannel channel, ConnectionSettings settings) {
        this.connection = connection;
        this.channel = channel;
        this.loop = channel.eventLoop();
        this.settings = settings;
    }

    /// Takes the buffer over, whatever happens; false if it cannot be sent any more.
    boolean write(ByteBuf bytes) {
        if (loop.inEventLoop()) {
            return writeOnLoop(bytes);
        }
        int length = bytes.readableBytes();
        if (handedOverBytes.getAndAdd(length) > settings.maxBufferedBytes) {
            takenOver(length);
            bytes.release();
            overflow();
            return false;
        }
        try {
            loop.execute(() -> {
                takenOver(length);
                writeOnLoop(bytes);
            });
            return true;
        } catch (RejectedExecutionException e) { // the loop has ended, and with it the channel
            takenOver(length);
            bytes.release();
            return false;
        }
    }

    private void takenOver(int length) {
        handedOverBytes.addAndGet(-length);
        writabilityChanged();
    }

    private boolean writeOnLoop(ByteBuf bytes) {
        if (finishing || !channel.isActive()) {
            bytes.release();
            return false;
        }
        if (!channel.isWritable() && bufferedBytes() > settings.maxBufferedBytes) {
            bytes.release();
            overflow();
            return false;
        }
        channel.write(bytes, channel.voidPromise());
        sent = true;
        if (!channel.isWritable()) {
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

    private void overflow() {
        connection.failOnLoop(new SlowReaderException("Unsent bytes for " + connection.getConnectionId() + " exceed "
                + settings.maxBufferedBytes + " (maxBufferedBytes): its peer does not read fast enough"));
    }

    long bufferedBytes() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return handedOverBytes.get() + (buffer == null ? 0 : buffer.totalPendingWriteBytes());
    }

    boolean isWritable() {
        return channel.isWritable() && handedOverBytes.get() < settings.writeBufferWaterMark.high();
    }

    /// Waits until the connection is writable or closed. Never on an event loop, where it returns at once.
    ///
    /// @return false if it took longer than the send time-out
    boolean awaitWritable() throws InterruptedException {
        if (isWritable() || NettyTransport.onEventLoopThread()) {
            return true;
        }
        long nanos = settings.sendTimeout.toNanos();
        lock.lockInterruptibly();
        waiting.incrementAndGet();
        try {
            while (!isWritable() && connection.isOpen()) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = changed.awaitNanos(nanos);
            }
            return true;
        } finally {
            waiting.decrementAndGet();
            lock.unlock();
        }
    }

    /// Wakes who waits: after each change that may make the connection writable, and when it closes.
    void writabilityChanged() {
        if (waiting.get() == 0) {
            return;
        }
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Takes nothing more, and closes the channel once all is flushed, or at the close time-out; on the loop.
    void finish() {
        finishing = true;
        writabilityChanged();
        long timeoutMillis = settings.closeTimeout.toMillis();
        ChannelFuture flushed = timeoutMillis == 0 ? null : flushFromEdge();
        if (flushed == null || flushed.isDone()) {
            channel.close();
            return;
        }
        var timeout = loop.schedule(() -> channel.close(), timeoutMillis, TimeUnit.MILLISECONDS);
        flushed.addListener(done -> {
            timeout.cancel(false);
            channel.close();
        });
    }

    /// Takes nothing more and closes the channel at once; on the loop.
    void abort() {
        finishing = true;
        channel.close();
    }

    /// Flushes all that was written so far; on the loop. Null if there is no one to send it to.
    @Nullable ChannelFuture flushFromEdge() {
        ChannelHandlerContext context = edge;
        return context == null || !channel.isActive() ? null : context.writeAndFlush(Unpooled.EMPTY_BUFFER);
    }

    /// Below it are only the SSL handler and the socket: empty writes from here meet no encoder.
    void setEdge(ChannelHandlerContext edge) {
        this.edge = edge;
    }

    boolean finishing() {
        return finishing;
    }

    /// Whether anything was sent since the last call; on the loop.
    boolean takeSent() {
        boolean result = sent;
        sent = false;
        return result;
    }
}
