package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Messages between a start byte and a terminator: `stx-etx` and `mllp`.
///
/// `stx-etx` is `02 … 03`, strictly. `mllp`, HL7's lower layer, is `0b … 1c 0d`; between its messages stray
/// carriage returns and line feeds are skipped, as many senders add them. A lone `0b` or `1c` inside a message is
/// part of it, as receivers in the field do it (free text pasted from word processors has them), with one
/// exception: `0b` followed by `MSH` means that the sender gave up a message and began anew, and reading the two
/// as one would mix two patients; it is malformed.
final class EnvelopeFraming implements Framing {

    private static final byte[] HL7_START = {0x0b, 'M', 'S', 'H'};

    private final String name;
    private final byte start;
    private final Terminator end;
    private final boolean mllp;

    private EnvelopeFraming(String name, byte start, Terminator end, boolean mllp) {
        this.name = name;
        this.start = start;
        this.end = end;
        this.mllp = mllp;
    }

    static EnvelopeFraming stxEtx() {
        return new EnvelopeFraming("stx-etx", (byte) 0x02, new Terminator((byte) 0x03), false);
    }

    static EnvelopeFraming mllp() {
        return new EnvelopeFraming("mllp", HL7_START[0], new Terminator((byte) 0x1c, (byte) 0x0d), true);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int overheadBytes() {
        return 1 + end.length();
    }

    @Override
    public void encode(ByteBuf payload, ByteBuf out) {
        int length = payload.readableBytes();
        if (end.endsEarly(payload)) {
            throw FramingException.malformed(
                    name, "message contains the end sequence " + end + " (expected: none): remove it or escape it");
        }
        if (mllp && startsAnew(payload, payload.readerIndex(), length)) {
            throw FramingException.malformed(name, "message contains the start of another, 0x0b 'MSH': remove it");
        }
        out.ensureWritable(length + overheadBytes());
        out.writeByte(start);
        out.writeBytes(payload, payload.readerIndex(), length);
        end.writeTo(out);
    }

    @Override
    public FrameDecoder newDecoder(int maxMessageBytes) {
        return new Decoder(maxMessageBytes);
    }

    private static boolean startsAnew(ByteBuf in, int index, int length) {
        int to = index + length;
        for (int at = in.indexOf(index, to, HL7_START[0]); at >= 0; at = in.indexOf(at + 1, to, HL7_START[0])) {
            if (at + HL7_START.length > to) {
                return false;
            }
            if (in.getByte(at + 1) == HL7_START[1]
                    && in.getByte(at + 2) == HL7_START[2]
                    && in.getByte(at + 3) == HL7_START[3]) {
                return true;
            }
        }
        return false;
    }

    private final class Decoder extends FrameDecoder {

        private final Terminator.Scanner scanner;

        Decoder(int maxMessageBytes) {
            super(maxMessageBytes);
            this.scanner = end.new Scanner(name, maxMessageBytes);
        }

        @Override
        protected @Nullable ByteBuf next(ChannelHandlerContext ctx, ByteBuf in) {
            if (mllp) {
                skipStrayLineEnds(in);
                if (!in.isReadable()) {
                    return null;
                }
            }
            byte first = in.getByte(in.readerIndex());
            if (first != start) {
                throw FramingException.malformed(
                        name,
                        "message begins with " + FramingException.show(first) + " (expected: "
                                + FramingException.show(start) + "): check that the client speaks " + name);
            }
            int length = scanner.find(in, in.readerIndex() + 1);
            if (length < 0) {
                return null;
            }
            if (mllp && startsAnew(in, in.readerIndex() + 1, length)) {
                throw FramingException.malformed(
                        name, "a message begins (0x0b 'MSH') inside another that has no end (expected: 0x1c 0x0d)");
            }
            in.skipBytes(1);
            ByteBuf message = in.readRetainedSlice(length);
            in.skipBytes(end.length());
            return message;
        }

        private static void skipStrayLineEnds(ByteBuf in) {
            int at = in.readerIndex();
            while (at < in.writerIndex() && (in.getByte(at) == '\r' || in.getByte(at) == '\n')) {
                at++;
            }
            in.readerIndex(at);
        }
    }
}
