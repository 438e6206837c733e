package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.HexFormat;

/// The bytes that end a message, with the searches a framing needs. Immutable.
final class Terminator {

    private final byte[] bytes;

    /// Whether the terminator's last `n - k` bytes equal its first `n - k`, by k: then a message that ends in the
    /// first k bytes would be cut early.
    private final boolean[] overlapsFrom;

    Terminator(byte... bytes) {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("terminator: empty (expected: at least one byte)");
        }
        this.bytes = bytes.clone();
        this.overlapsFrom = new boolean[bytes.length];
        for (int k = 1; k < bytes.length; k++) {
            overlapsFrom[k] = Arrays.equals(bytes, k, bytes.length, bytes, 0, bytes.length - k);
        }
    }

    int length() {
        return bytes.length;
    }

    void writeTo(ByteBuf out) {
        out.writeBytes(bytes);
    }

    /// Index of the first terminator whose last byte lies in `[fromIndex, toIndex)`, or -1. The caller sees to it
    /// that `fromIndex` is at least `length() - 1` bytes after the first byte that may belong to it.
    int indexOf(ByteBuf in, int fromIndex, int toIndex) {
        int last = bytes.length - 1;
        int from = fromIndex;
        while (from < toIndex) {
            int end = in.indexOf(from, toIndex, bytes[last]);
            if (end < 0) {
                return -1;
            }
            if (matches(in, end - last, last)) {
                return end - last;
            }
            from = end + 1;
        }
        return -1;
    }

    /// Whether the `length` bytes at `index` are the terminator's first ones.
    boolean matches(ByteBuf in, int index, int length) {
        for (int i = 0; i < length; i++) {
            if (in.getByte(index + i) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    /// Whether a reader of `payload` followed by this terminator would end the message before the payload's end.
    boolean endsEarly(ByteBuf payload) {
        int start = payload.readerIndex();
        int end = payload.writerIndex();
        if (indexOf(payload, start + bytes.length - 1, end) >= 0) {
            return true;
        }
        for (int k = Math.min(bytes.length - 1, end - start); k > 0; k--) {
            if (overlapsFrom[k] && matches(payload, end - k, k)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return "0x" + HexFormat.of().formatHex(bytes);
    }

    /// Searches the end of one message after another in a growing buffer, and no byte twice. Confined to one
    /// connection.
    final class Scanner {

        private final String framing;
        private final int maxMessageBytes;

        /// Bytes of the unfinished message that are known not to end a terminator.
        private int scanned;

        Scanner(String framing, int maxMessageBytes) {
            this.framing = framing;
            this.maxMessageBytes = maxMessageBytes;
        }

        /// Length of the message that begins at `start`, without its terminator, or -1 if its end has not
        /// arrived.
        ///
        /// @throws FramingException as soon as no terminator can follow within the limit
        int find(ByteBuf in, int start) {
            int available = in.writerIndex() - start;
            int searched = Math.min(available, maxMessageBytes + bytes.length);
            int index = indexOf(in, start + Math.max(scanned, bytes.length - 1), start + searched);
            if (index >= 0) {
                scanned = 0;
                return index - start;
            }
            scanned = searched;
            if (available > maxMessageBytes && !mayStillEnd(in, start, available)) {
                throw FramingException.tooLong(framing, available, maxMessageBytes);
            }
            return -1;
        }

        /// Whether the bytes around the limit are the beginning of a terminator.
        private boolean mayStillEnd(ByteBuf in, int start, int available) {
            for (int at = Math.max(0, available - bytes.length + 1); at <= maxMessageBytes; at++) {
                if (matches(in, start + at, available - at)) {
                    return true;
                }
            }
            return false;
        }
    }
}
