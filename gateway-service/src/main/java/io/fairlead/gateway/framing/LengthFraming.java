package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// `length1`, `length2`, `length4`: a message behind its length as an unsigned big-endian number of one, two or
/// four bytes. The number may count its own bytes too (`length-includes-header`). Length zero is an empty
/// message, which many ISO 8583 hosts send to keep a connection alive.
final class LengthFraming implements Framing {

    private final String name;
    private final int headerBytes;
    private final int countedHeaderBytes;

    LengthFraming(String name, int headerBytes, boolean lengthIncludesHeader) {
        this.name = name;
        this.headerBytes = headerBytes;
        this.countedHeaderBytes = lengthIncludesHeader ? headerBytes : 0;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int overheadBytes() {
        return headerBytes;
    }

    @Override
    public void encode(ByteBuf payload, ByteBuf out) {
        int length = payload.readableBytes();
        long carried = (1L << (8 * headerBytes)) - 1 - countedHeaderBytes;
        if (length > carried) {
            throw new FramingException(
                    FramingException.Reason.TOO_LONG,
                    name + ": message of " + length + " bytes (expected: at most " + carried
                            + ", which its header can say): use a framing with a longer header or smaller messages");
        }
        out.ensureWritable(headerBytes + length);
        int value = length + countedHeaderBytes;
        switch (headerBytes) {
            case 1 -> out.writeByte(value);
            case 2 -> out.writeShort(value);
            default -> out.writeInt(value);
        }
        out.writeBytes(payload, payload.readerIndex(), length);
    }

    @Override
    public FrameDecoder newDecoder(int maxMessageBytes) {
        return new Decoder(maxMessageBytes);
    }

    private final class Decoder extends FrameDecoder {

        private final Cutter cutter;

        Decoder(int maxMessageBytes) {
            super(maxMessageBytes);
            this.cutter = new Cutter(maxMessageBytes);
        }

        @Override
        protected @Nullable ByteBuf next(ChannelHandlerContext ctx, ByteBuf in) throws Exception {
            return cutter.cut(ctx, in);
        }
    }

    /// Netty's decoder with our checks in front of its own, which would skip a message that is too long and carry
    /// on.
    private final class Cutter extends LengthFieldBasedFrameDecoder {

        private final int maxMessageBytes;

        Cutter(int maxMessageBytes) {
            super(Integer.MAX_VALUE, 0, headerBytes, -countedHeaderBytes, headerBytes);
            this.maxMessageBytes = maxMessageBytes;
        }

        @Nullable ByteBuf cut(ChannelHandlerContext ctx, ByteBuf in) throws Exception {
            return (ByteBuf) decode(ctx, in);
        }

        @Override
        protected long getUnadjustedFrameLength(ByteBuf buf, int offset, int length, ByteOrder order) {
            long declared = super.getUnadjustedFrameLength(buf, offset, length, order);
            long messageBytes = declared - countedHeaderBytes;
            if (messageBytes < 0) {
                throw FramingException.malformed(
                        name,
                        "length: " + declared + " (expected: >= " + countedHeaderBytes
                                + ", as it includes the header): check length-includes-header");
            }
            if (messageBytes > maxMessageBytes) {
                throw FramingException.tooLong(name, messageBytes, maxMessageBytes);
            }
            return declared;
        }
    }
}
