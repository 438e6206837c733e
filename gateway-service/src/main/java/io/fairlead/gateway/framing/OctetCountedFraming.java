package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// `octet-counted` of RFC 6587 section 3.4.1, syslog over TCP: `MSG-LEN SP MSG`, where MSG-LEN is a decimal
/// number without a leading zero. Nothing is allowed between messages, and none is empty.
final class OctetCountedFraming implements Framing {

    private static final int MAX_HEADER_BYTES = "1073741824 ".length();

    @Override
    public String name() {
        return "octet-counted";
    }

    @Override
    public int overheadBytes() {
        return MAX_HEADER_BYTES;
    }

    @Override
    public void encode(ByteBuf payload, ByteBuf out) {
        int length = payload.readableBytes();
        if (length == 0) {
            throw FramingException.malformed(name(), "message of 0 bytes (expected: at least 1, see RFC 6587)");
        }
        int divisor = 1;
        while (length / divisor >= 10) {
            divisor *= 10;
        }
        out.ensureWritable(MAX_HEADER_BYTES + length);
        for (; divisor > 0; divisor /= 10) {
            out.writeByte('0' + length / divisor % 10);
        }
        out.writeByte(' ');
        out.writeBytes(payload, payload.readerIndex(), length);
    }

    @Override
    public FrameDecoder newDecoder(int maxMessageBytes) {
        return new Decoder(maxMessageBytes);
    }

    private final class Decoder extends FrameDecoder {

        /// Of the message that has begun; 0 while its length has not arrived.
        private int headerBytes;

        private int messageBytes;

        Decoder(int maxMessageBytes) {
            super(maxMessageBytes);
        }

        @Override
        protected @Nullable ByteBuf next(ChannelHandlerContext ctx, ByteBuf in) {
            if (headerBytes == 0) {
                readHeader(in);
            }
            if (headerBytes == 0 || in.readableBytes() - headerBytes < messageBytes) {
                return null;
            }
            in.skipBytes(headerBytes);
            headerBytes = 0;
            return in.readRetainedSlice(messageBytes);
        }

        private void readHeader(ByteBuf in) {
            long declared = 0;
            int start = in.readerIndex();
            for (int at = start; at < in.writerIndex(); at++) {
                byte b = in.getByte(at);
                if (b == ' ' && at > start) {
                    headerBytes = at + 1 - start;
                    messageBytes = (int) declared;
                    return;
                }
                if (b < '0' || b > '9' || (b == '0' && at == start)) {
                    throw FramingException.malformed(
                            name(),
                            "length has " + FramingException.show(b) + " at position " + (at - start)
                                    + " (expected: decimal digits without a leading zero, then a space)");
                }
                declared = declared * 10 + (b - '0');
                if (declared > maxMessageBytes) {
                    throw FramingException.tooLong(name(), declared, maxMessageBytes);
                }
            }
        }
    }
}
