package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Messages that end in a fixed sequence of bytes: `crlf`, and `terminator` with a configured one. A message
/// that contains the sequence cannot be carried.
///
/// Netty's `DelimiterBasedFrameDecoder` does not fit: it searches an unfinished message from its start at every
/// read.
final class TerminatorFraming implements Framing {

    private final String name;
    private final Terminator terminator;

    TerminatorFraming(String name, byte... terminator) {
        this.name = name;
        this.terminator = new Terminator(terminator);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int overheadBytes() {
        return terminator.length();
    }

    @Override
    public void encode(ByteBuf payload, ByteBuf out) {
        if (terminator.endsEarly(payload)) {
            throw FramingException.malformed(
                    name,
                    "message contains the terminator " + terminator + " (expected: none): remove it or escape it");
        }
        out.ensureWritable(payload.readableBytes() + terminator.length());
        out.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
        terminator.writeTo(out);
    }

    @Override
    public FrameDecoder newDecoder(int maxMessageBytes) {
        return new Decoder(maxMessageBytes);
    }

    private final class Decoder extends FrameDecoder {

        private final Terminator.Scanner scanner;

        Decoder(int maxMessageBytes) {
            super(maxMessageBytes);
            this.scanner = terminator.new Scanner(name, maxMessageBytes);
        }

        @Override
        protected @Nullable ByteBuf next(ChannelHandlerContext ctx, ByteBuf in) {
            int length = scanner.find(in, in.readerIndex());
            if (length < 0) {
                return null;
            }
            ByteBuf message = in.readRetainedSlice(length);
            in.skipBytes(terminator.length());
            return message;
        }
    }
}
