package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import java.io.InputStream;

/// The bytes of a buffer as the stream of a blocking socket, whose end means "not arrived yet". Reads by index:
/// the buffer's own indices stay.
final class ReplayInputStream extends InputStream {

    private final ByteBuf in;
    private final int start;
    private final int end;
    private final boolean inputClosed;
    private int at;
    private boolean ranOut;

    ReplayInputStream(ByteBuf in, boolean inputClosed) {
        this.in = in;
        this.start = in.readerIndex();
        this.end = in.writerIndex();
        this.at = start;
        this.inputClosed = inputClosed;
    }

    int consumed() {
        return at - start;
    }

    /// Whether the reader asked for more than has arrived.
    boolean ranOut() {
        return ranOut;
    }

    /// Whether the reader's result is void, because it asked for bytes that may still come.
    boolean needsMore() {
        return ranOut && !inputClosed;
    }

    @Override
    public int read() {
        return at < end ? in.getByte(at++) & 0xff : atEnd();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        if (length == 0) {
            return 0;
        }
        if (at == end) {
            return atEnd();
        }
        int count = Math.min(length, end - at);
        in.getBytes(at, target, offset, count);
        at += count;
        return count;
    }

    @Override
    public int available() {
        return end - at;
    }

    private int atEnd() {
        ranOut = true;
        if (inputClosed) {
            return -1;
        }
        throw new NeedMoreBytes();
    }

    /// Ends a run of a deserializer. An error rather than an exception, so that Spring Integration's
    /// deserializers do not publish it as a failure.
    static final class NeedMoreBytes extends Error {

        private static final long serialVersionUID = 1L;

        private NeedMoreBytes() {
            super("more bytes are needed", null, false, false); // no stack trace: it is part of normal work
        }
    }
}
