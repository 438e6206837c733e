package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.core.serializer.Deserializer;
import org.springframework.core.serializer.Serializer;

/// An existing pair of Spring Integration (de)serializers as a framing, so that a listener can speak what an
/// application already has. Give both a maximum message size of at least the listener's (Spring Integration's
/// default is 2,048 bytes); they are shared by all connections and must be thread-safe, as Spring Integration
/// asks of them too.
///
/// A deserializer reads from a blocking stream; an event loop must not block. So it is run over the bytes that
/// have arrived, and when it asks for more than there are, its work is thrown away and it is run again from the
/// message's first byte when more have come (replay). What that costs is bounded:
///
/// - It is run again at once, so that a complete message is delivered at once, while all runs for a message
///   together have read no more than 64 KiB plus sixteen times what has arrived of it.
/// - Past that (a long message in tiny pieces) it is run again when twice as many bytes have arrived, and at the
///   latest 10 ms after the bytes that may complete the message: at most 100 runs a second, each over at most
///   `max-message-size` plus the overhead. Without this the work would grow with the square of the message's
///   length.
///
/// When the input is closed, the deserializer sees the end of its stream, so those that read until then work too.
/// What it throws is a [FramingException], unless it merely ran out of bytes. A native framing is faster: prefer
/// it where one fits.
public final class SpringFraming implements Framing {

    /// Room for framing bytes where the caller does not say how many the pair adds.
    public static final int DEFAULT_OVERHEAD_BYTES = 64;

    private static final long FREE_REPLAY_BYTES = 64 * 1024;
    private static final long FREE_REPLAYS_OF_ARRIVED = 16;
    private static final long RETRY_MILLIS = 10;

    private final String name;
    private final Serializer<byte[]> serializer;
    private final Deserializer<byte[]> deserializer;
    private final int overheadBytes;

    /// A framing whose messages carry at most [#DEFAULT_OVERHEAD_BYTES] of framing.
    public SpringFraming(String name, Serializer<byte[]> serializer, Deserializer<byte[]> deserializer) {
        this(name, serializer, deserializer, DEFAULT_OVERHEAD_BYTES);
    }

    /// @param overheadBytes bytes that the pair adds to a message at most; an unfinished message longer than
    ///     `max-message-size` and these is refused
    public SpringFraming(
            String name, Serializer<byte[]> serializer, Deserializer<byte[]> deserializer, int overheadBytes) {
        if (overheadBytes < 0) {
            throw new IllegalArgumentException("overheadBytes: " + overheadBytes + " (expected: >= 0)");
        }
        this.name = Objects.requireNonNull(name, "name");
        this.serializer = Objects.requireNonNull(serializer, "serializer");
        this.deserializer = Objects.requireNonNull(deserializer, "deserializer");
        this.overheadBytes = overheadBytes;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int overheadBytes() {
        return overheadBytes;
    }

    @Override
    public void encode(ByteBuf payload, ByteBuf out) {
        int start = out.writerIndex();
        boolean written = false;
        try (OutputStream stream = new ByteBufOutputStream(out)) {
            serializer.serialize(ByteBufUtil.getBytes(payload), stream);
            written = true;
        } catch (IOException | RuntimeException e) {
            throw refused("serializer refused a message of " + payload.readableBytes() + " bytes", e);
        } finally {
            if (!written) {
                out.writerIndex(start);
            }
        }
    }

    @Override
    public FrameDecoder newDecoder(int maxMessageBytes) {
        return new Decoder(maxMessageBytes);
    }

    private FramingException refused(String what, Exception cause) {
        return new FramingException(
                FramingException.Reason.MALFORMED, name + ": " + what + ": " + cause.getMessage(), cause);
    }

    private final class Decoder extends FrameDecoder {

        /// Of the unfinished message: bytes read by all runs, and bytes that had arrived at the last one.
        private long replayedBytes;

        private int lastTriedBytes;

        private @Nullable ScheduledFuture<?> scheduledRetry;
        private boolean retryDue;
        private boolean inputClosed;

        Decoder(int maxMessageBytes) {
            super(maxMessageBytes);
        }

        @Override
        protected @Nullable ByteBuf next(ChannelHandlerContext ctx, ByteBuf in) {
            int arrived = in.readableBytes();
            if (tooEarly(arrived)) {
                scheduleRetry(ctx);
                return null;
            }
            ReplayInputStream stream = new ReplayInputStream(in, inputClosed);
            byte[] message = run(stream);
            if (message == null) {
                replayedBytes += arrived;
                lastTriedBytes = arrived;
                if (arrived > (long) maxMessageBytes + overheadBytes) {
                    throw FramingException.tooLong(name, (long) arrived - overheadBytes, maxMessageBytes);
                }
                return null;
            }
            if (message.length > maxMessageBytes) {
                throw FramingException.tooLong(name, message.length, maxMessageBytes);
            }
            if (stream.consumed() == 0) {
                throw FramingException.malformed(
                        name, "deserializer made a message of 0 bytes read (expected: at least 1): correct it");
            }
            in.skipBytes(stream.consumed());
            replayedBytes = 0;
            lastTriedBytes = 0;
            return Unpooled.wrappedBuffer(message);
        }

        @Override
        protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
            inputClosed = true;
            super.decodeLast(ctx, in, out);
        }

        private byte @Nullable [] run(ReplayInputStream stream) {
            try {
                byte[] message = deserializer.deserialize(stream);
                return stream.needsMore() ? null : message;
            } catch (ReplayInputStream.NeedMoreBytes e) {
                return null;
            } catch (IOException | RuntimeException e) {
                if (stream.ranOut()) {
                    return null;
                }
                throw refused("deserializer refused the bytes", e);
            }
        }

        private boolean tooEarly(int arrived) {
            return !retryDue
                    && !inputClosed
                    && replayedBytes > FREE_REPLAY_BYTES + FREE_REPLAYS_OF_ARRIVED * arrived
                    && arrived < 2L * lastTriedBytes;
        }

        private void scheduleRetry(ChannelHandlerContext ctx) {
            if (scheduledRetry == null) {
                scheduledRetry = ctx.executor().schedule(() -> retry(ctx), RETRY_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        /// Runs on the connection's event loop, like everything here.
        private void retry(ChannelHandlerContext ctx) {
            scheduledRetry = null;
            if (ctx.isRemoved() || actualReadableBytes() == 0) {
                return;
            }
            retryDue = true;
            try {
                channelRead(ctx, Unpooled.EMPTY_BUFFER);
                channelReadComplete(ctx);
            } catch (Exception e) {
                ctx.fireExceptionCaught(e); // as the pipeline does with what channelRead throws
            } finally {
                retryDue = false;
            }
        }
    }
}
