package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.LineBasedFrameDecoder;
import org.jspecify.annotations.Nullable;

/// `lf`: messages are lines. A line ends at `\n`; one `\r` before it is taken for part of the line's end, so
/// that telnet and Windows clients work. Replies end in `\n`; one that contains `\n` cannot be carried.
final class LineFraming implements Framing {

    @Override
    public String name() {
        return "lf";
    }

    @Override
    public int overheadBytes() {
        return 1;
    }

    @Override
    public void encode(ByteBuf payload, ByteBuf out) {
        int length = payload.readableBytes();
        if (payload.indexOf(payload.readerIndex(), payload.writerIndex(), (byte) '\n') >= 0) {
            throw FramingException.malformed(name(), "message contains a line feed (expected: one line): remove it");
        }
        out.ensureWritable(length + 1);
        out.writeBytes(payload, payload.readerIndex(), length).writeByte('\n');
    }

    @Override
    public FrameDecoder newDecoder(int maxMessageBytes) {
        return new Decoder(maxMessageBytes);
    }

    private final class Decoder extends FrameDecoder {

        private final Cutter cutter = new Cutter();

        Decoder(int maxMessageBytes) {
            super(maxMessageBytes);
        }

        @Override
        protected @Nullable ByteBuf next(ChannelHandlerContext ctx, ByteBuf in) throws Exception {
            ByteBuf line = cutter.cut(ctx, in);
            if (line == null) {
                int arrived = in.readableBytes();
                if (arrived > maxMessageBytes && !onlyCarriageReturnOver(in, arrived)) {
                    throw FramingException.tooLong(name(), arrived, maxMessageBytes);
                }
            } else if (line.readableBytes() > maxMessageBytes) {
                int length = line.readableBytes();
                line.release();
                throw FramingException.tooLong(name(), length, maxMessageBytes);
            }
            return line;
        }

        private boolean onlyCarriageReturnOver(ByteBuf in, int arrived) {
            return arrived == maxMessageBytes + 1 && in.getByte(in.writerIndex() - 1) == '\r';
        }
    }

    /// Netty's search, used without its limit: that one counts a `\r` whose `\n` is still to come, and carries on
    /// after a line that was too long.
    private static final class Cutter extends LineBasedFrameDecoder {

        Cutter() {
            super(Integer.MAX_VALUE);
        }

        @Nullable ByteBuf cut(ChannelHandlerContext ctx, ByteBuf in) throws Exception {
            return (ByteBuf) decode(ctx, in);
        }
    }
}
