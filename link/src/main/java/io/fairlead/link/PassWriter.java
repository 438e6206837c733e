package io.fairlead.link;

import io.fairlead.integration.netty.NettyTcpConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.MessagingException;

/// Gathers what one connection has to send during a pass of its loop, and hands it over at the pass's end: one buffer,
/// one message and one system call for each touched connection and pass, however much was written into it.
///
/// When it leaves: at the end of the pass (a task on the loop, which runs after the pass's reads), or earlier
/// when 64 KiB have gathered, so that no single buffer grows without bound. A quiet connection pays nothing for
/// it: its single frame leaves in the same pass.
///
/// Confined to the connection's loop.
public final class PassWriter {
    private static final int GATHER_BYTES = 64 * 1024;
    private static final int FIRST_BUFFER_BYTES = 1024;

    private final NettyTcpConnection connection;
    private final EventLoop loop;
    private final MessageHandler sender;
    private final GatheredBytes.Headers headers;
    private final Runnable flush = this::flush;

    private @Nullable ByteBuf gathered;
    private int bufferBytes = FIRST_BUFFER_BYTES;
    private boolean flushScheduled;
    private boolean ended;

    PassWriter(NettyTcpConnection connection, MessageHandler sender) {
        this.connection = connection;
        this.loop = connection.eventLoop();
        this.sender = sender;
        this.headers = new GatheredBytes.Headers(connection.getConnectionId());
    }

    /// The buffer that leaves at the end of the pass, with room for `bytes` more. Write into it at once; do not keep
    /// it.
    public ByteBuf out(int bytes) {
        ByteBuf buf = gathered;
        if (buf != null && buf.isReadable() && buf.readableBytes() + bytes > GATHER_BYTES) {
            gathered = null;
            hand(buf);
            buf = null;
        }
        if (buf == null) {
            buf = connection.channel().alloc().directBuffer(Math.max(bufferBytes, bytes));
            gathered = buf;
        }
        if (!flushScheduled) {
            flushScheduled = true;
            loop.execute(flush);
        }
        return buf;
    }

    /// Sends bytes behind what has gathered, without copying them. Takes ownership.
    public void outDirect(ByteBuf bytes) {
        ByteBuf buf = gathered;
        gathered = null;
        if (buf != null) {
            hand(buf);
        }
        hand(bytes);
    }

    /// Hands over what has gathered, before the pass ends.
    public void flush() {
        flushScheduled = false;
        ByteBuf buf = gathered;
        if (buf == null) {
            return;
        }
        gathered = null;
        // The next buffer is as large as passes on this connection usually need, so that it seldom grows.
        bufferBytes = Math.clamp((bufferBytes + buf.readableBytes()) / 2 + 64, FIRST_BUFFER_BYTES, GATHER_BYTES);
        hand(buf);
    }

    /// Bytes that wait: here, in the channel's buffer, not in the kernel's.
    public long queuedBytes() {
        ByteBuf buf = gathered;
        return connection.bufferedBytes() + (buf == null ? 0 : buf.readableBytes());
    }

    /// Drops what has gathered and everything that follows: the connection has ended.
    public void end() {
        ended = true;
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
    }

    private void hand(ByteBuf buf) {
        if (ended) {
            buf.release();
            return;
        }
        try {
            // The connection owns the buffer from here on, also when it throws.
            sender.handleMessage(new GatheredBytes(connection, buf, headers));
        } catch (MessagingException e) {
            // It has been closed since; its conversation hears of it in turn.
            ended = true;
        }
    }
}
