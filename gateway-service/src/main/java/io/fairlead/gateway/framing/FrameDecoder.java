package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cuts the bytes of one connection into messages and emits each as one [ByteBuf] without its framing, which
/// the receiver releases. Confined to the connection's event loop; not sharable.
///
/// After the first [FramingException] it drops whatever else arrives, so that nothing is emitted from bytes whose
/// meaning is lost; the caller closes the connection. It holds at most one unfinished message of the permitted
/// length with its framing, plus what a single read brought.
public abstract class FrameDecoder extends ByteToMessageDecoder {

    /// The largest limit that a decoder takes: 1 GiB, which leaves room for the framing's own bytes in an `int`.
    public static final int MAX_MESSAGE_BYTES = 1 << 30;

    /// The longest message that is taken, in bytes without framing.
    protected final int maxMessageBytes;

    private boolean failed;
    private boolean truncated;

    /// @throws IllegalArgumentException if the limit is not between 1 and [#MAX_MESSAGE_BYTES]
    protected FrameDecoder(int maxMessageBytes) {
        if (maxMessageBytes < 1 || maxMessageBytes > MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException(
                    "max-message-size: " + maxMessageBytes + " bytes (expected: 1 to " + MAX_MESSAGE_BYTES + ")");
        }
        this.maxMessageBytes = maxMessageBytes;
    }

    /// Takes the next message off the buffer.
    ///
    /// @param in everything that has arrived and was not taken yet, at least one byte; bytes that belong to no
    ///     message may be skipped, those of an unfinished one are left
    /// @return the message without its framing, released by the receiver (usually `in.readRetainedSlice`); null
    ///     when it has not arrived completely
    /// @throws FramingException as soon as it is certain that the bytes are no message, or one over the limit
    protected abstract @Nullable ByteBuf next(ChannelHandlerContext ctx, ByteBuf in) throws Exception;

    /// Whether a message has begun and not ended. Once the input has been closed: whether it ended inside a
    /// message.
    public boolean midFrame() {
        return truncated || (!failed && actualReadableBytes() > 0);
    }

    @Override
    protected final void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (failed) {
            in.skipBytes(in.readableBytes());
            return;
        }
        failed = true; // until proven otherwise: whatever next() throws, nothing after it can be trusted
        try {
            ByteBuf message = next(ctx, in);
            if (message != null) {
                out.add(message);
            }
            failed = false;
        } finally {
            if (failed) {
                in.skipBytes(in.readableBytes());
            }
        }
    }

    @Override
    protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        int before;
        do {
            before = in.readableBytes();
            super.decodeLast(ctx, in, out);
        } while (in.isReadable() && in.readableBytes() < before);
        truncated |= in.isReadable();
    }
}
