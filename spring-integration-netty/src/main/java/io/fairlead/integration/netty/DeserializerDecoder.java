package io.fairlead.integration.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.util.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.core.serializer.Deserializer;
import org.springframework.integration.ip.tcp.serializer.SoftEndOfStreamException;

/// Runs a blocking `Deserializer` over the received bytes without blocking: when it asks for more than there is, it
/// is stopped by a signal, and starts again at the message's first byte once more has come.
///
/// Reading again costs the square of a long message's number of pieces. Two bounds hold it down: a message of at
/// least [#EAGER_BYTES] is tried again only when it has grown by an eighth, or after [#RETRY_MILLIS]; and one that
/// needs more than `maxBytes` fails the connection.
final class DeserializerDecoder extends ByteToMessageDecoder {

    /// Thrown out of the deserializer's read, past its handlers for exceptions, where it would wait on a real socket.
    @SuppressWarnings("StaticAssignmentOfThrowable") // a signal has no stack trace, and is made once by design
    private static final Signal MORE = Signal.valueOf(DeserializerDecoder.class, "MORE");

    private static final int EAGER_BYTES = 4096;
    private static final long RETRY_MILLIS = 5;

    private final Deserializer<?> deserializer;
    private final int maxBytes;
    private final Replay replay = new Replay();

    /// Bytes that must be there before an incomplete message is tried again.
    private int tryAgainAt;

    private boolean retryScheduled;
    private boolean retryNow;

    /// A stream that was misread once has no next message.
    private boolean failed;

    DeserializerDecoder(Deserializer<?> deserializer, int maxBytes) {
        this.deserializer = deserializer;
        this.maxBytes = maxBytes;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws IOException {
        int available = in.readableBytes();
        if (failed) {
            in.skipBytes(available);
            return;
        }
        if (available < tryAgainAt && !retryNow) {
            retryLater(context);
            return;
        }
        retryNow = false;
        tryAgainAt = 0;
        if (!tryOnce(in, out, false)) {
            if (available > maxBytes) {
                failed = true;
                throw new TooLongFrameException("A message needs more than " + maxBytes
                        + " bytes (maxReplayBytes): raise the limit, or set a Netty decoder by setPipeline");
            }
            if (available >= EAGER_BYTES) {
                tryAgainAt = available + available / 8;
            }
        }
    }

    /// The peer has ended its output: now a deserializer that asks for more gets the end of the stream.
    @Override
    protected void decodeLast(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws IOException {
        while (!failed && in.isReadable() && tryOnce(in, out, true)) {
            // each message that is complete at the end of the stream
        }
    }

    /// Whether a message was complete; if not, nothing is consumed.
    private boolean tryOnce(ByteBuf in, List<Object> out, boolean ended) throws IOException {
        int start = in.readerIndex();
        replay.begin(in, ended);
        try {
            Object object = deserializer.deserialize(replay);
            if (object != null) {
                out.add(object);
            }
            return in.readerIndex() > start;
        } catch (Signal signal) {
            signal.expect(MORE);
            in.readerIndex(start);
            return false;
        } catch (SoftEndOfStreamException e) { // the stream ended between messages
            in.skipBytes(in.readableBytes());
            return false;
        } catch (IOException | RuntimeException e) {
            failed = true;
            throw e;
        } finally {
            replay.end();
        }
    }

    private void retryLater(ChannelHandlerContext context) {
        if (retryScheduled) {
            return;
        }
        retryScheduled = true;
        context.executor().schedule(() -> retry(context), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void retry(ChannelHandlerContext context) {
        retryScheduled = false;
        if (context.isRemoved()) {
            return;
        }
        retryNow = true;
        try {
            channelRead(context, Unpooled.EMPTY_BUFFER);
            channelReadComplete(context);
        } catch (Exception e) {
            context.fireExceptionCaught(e);
        }
        retryNow = false;
    }

    /// The received bytes as the stream that a deserializer expects.
    private static final class Replay extends InputStream {

        private ByteBuf in = Unpooled.EMPTY_BUFFER;
        private boolean ended;

        void begin(ByteBuf in, boolean ended) {
            this.in = in;
            this.ended = ended;
        }

        void end() {
            this.in = Unpooled.EMPTY_BUFFER;
        }

        @Override
        public int read() {
            return exhausted() ? -1 : in.readUnsignedByte();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (exhausted()) {
                return -1;
            }
            int count = Math.min(length, in.readableBytes());
            in.readBytes(bytes, offset, count);
            return count;
        }

        @Override
        public int available() {
            return in.readableBytes();
        }

        private boolean exhausted() {
            if (in.isReadable()) {
                return false;
            }
            if (!ended) {
                throw MORE;
            }
            return true;
        }
    }
}
