package io.fairlead.gateway.dialect;

import io.fairlead.gateway.dialect.Iso8583Format.Content;
import io.fairlead.gateway.dialect.Iso8583Settings.Bitmap;
import io.fairlead.gateway.dialect.Iso8583Settings.Encoding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Finds the parts of ISO 8583 messages in place: where message type, bitmaps and fields begin and end. It
/// does not interpret the fields, so that they can be repeated byte by byte. Immutable.
///
/// A library that parses the fields (j8583) does not fit here: it needs a guide for each message type, turns
/// values into objects that it does not write back byte by byte, takes broken bitmaps, and logs messages it
/// does not know.
public final class Iso8583Layout {

    private final int headerBytes;
    private final boolean packed;
    private final boolean hex;
    private final Iso8583Format[] formats = Iso8583Format.iso1987();

    /// @throws IllegalArgumentException if a field's format is malformed
    public Iso8583Layout(Iso8583Settings settings) {
        this.headerBytes = settings.headerBytes();
        this.packed = settings.encoding() == Encoding.PACKED;
        this.hex = settings.bitmap() == Bitmap.HEX;
        settings.fields().forEach((field, notation) -> formats[field] = Iso8583Format.of(field, notation));
        Iso8583Format responseCode = formats[39];
        if (responseCode.prefixDigits() != 0 || responseCode.length() != 2) {
            throw new IllegalArgumentException("iso8583.fields.39: '"
                    + settings.fields().get(39) + "' (expected: an2 or n2, as refusals write two digits)");
        }
    }

    /// What stands before the fields.
    ///
    /// @param type the message type's four digits as a decimal number, such as 200 for `0200`
    /// @param primary bitmap of fields 1 to 64, field 1 in the highest bit
    /// @param secondary bitmap of fields 65 to 128
    /// @param body index of the first field
    public record Header(int type, long primary, long secondary, int body) {

        /// Whether the bitmap has the field, 2 to 128.
        public boolean has(int field) {
            return (field <= 64 ? primary >>> (64 - field) : secondary >>> (128 - field)) << 63 != 0;
        }

        /// The type without its repeat digit: the last digit tells who sent the message, and the odd ones
        /// repeat the message of the even ones.
        public int typeWithoutRepeat() {
            return type - type % 2;
        }
    }

    int headerBytes() {
        return headerBytes;
    }

    /// Reads what stands before the fields, or null if it is not there or not valid.
    public @Nullable Header header(ByteBuf message) {
        int at = message.readerIndex() + headerBytes;
        int end = message.writerIndex();
        int typeBytes = packed ? 2 : 4;
        int bitmapBytes = hex ? 16 : 8;
        if (end - at < typeBytes + bitmapBytes) {
            return null;
        }
        int type = digits(message, at, 4);
        at += typeBytes;
        if (type < 0 || !bitmapIsValid(message, at)) {
            return null;
        }
        long primary = bitmap(message, at);
        at += bitmapBytes;
        long secondary = 0;
        if (primary < 0) { // field 1 is the secondary bitmap
            if (end - at < bitmapBytes || !bitmapIsValid(message, at)) {
                return null;
            }
            secondary = bitmap(message, at);
            at += bitmapBytes;
        }
        return new Header(type, primary, secondary, at);
    }

    /// Index after a field that begins at `at`, or -1 if it is not all there or its length is not valid.
    int endOf(int field, ByteBuf message, int at) {
        Iso8583Format format = formats[field];
        int length = format.length();
        int start = at;
        if (format.prefixDigits() > 0) {
            start += packed ? (format.prefixDigits() + 1) / 2 : format.prefixDigits();
            if (start > message.writerIndex()) {
                return -1;
            }
            length = digits(message, at, packed ? (format.prefixDigits() + 1) / 2 * 2 : format.prefixDigits());
            if (length < 0 || length > format.length()) {
                return -1;
            }
        }
        long end = (long) start + bytes(format.content(), length);
        return end > message.writerIndex() ? -1 : (int) end;
    }

    /// Whether the bytes of a field may be its content: a number has digits only.
    boolean isPlausible(int field, ByteBuf message, int at, int end) {
        Iso8583Format format = formats[field];
        return format.content() != Content.NUMERIC
                || format.prefixDigits() > 0
                || digitsOnly(message, at, packed ? (end - at) * 2 : end - at);
    }

    /// A field's content as text: digits and characters as they are, packed digits and bytes in hexadecimal.
    /// Null if the message lacks the field or cannot be read up to its end.
    public @Nullable String text(int field, ByteBuf message, Header header) {
        if (!header.has(field)) {
            return null;
        }
        int at = header.body();
        for (int before = 2; before < field; before++) {
            if (header.has(before)) {
                at = endOf(before, message, at);
                if (at < 0) {
                    return null;
                }
            }
        }
        int end = endOf(field, message, at);
        return end < 0 || !isPlausible(field, message, at, end) ? null : text(formats[field], message, at, end);
    }

    private String text(Iso8583Format format, ByteBuf message, int at, int end) {
        int prefixBytes = packed ? (format.prefixDigits() + 1) / 2 : format.prefixDigits();
        int start = at + prefixBytes;
        boolean characters = switch (format.content()) {
            case NUMERIC, SIGNED_NUMERIC -> !packed;
            case TEXT -> true;
            case BINARY -> hex;
        };
        if (characters) {
            return message.toString(start, end - start, StandardCharsets.ISO_8859_1);
        }
        String digits = ByteBufUtil.hexDump(message, start, end - start);
        boolean padded =
                format.content() != Content.BINARY && prefixBytes > 0 && digits(message, at, 2 * prefixBytes) % 2 != 0;
        // Which side is padded differs; 12345 and 012345 must not be the same.
        return padded ? digits + '~' : digits;
    }

    void writeType(ByteBuf out, int type) {
        writeDigits(out, type, 4);
    }

    void writeBitmap(ByteBuf out, long bitmap) {
        if (!hex) {
            out.writeLong(bitmap);
            return;
        }
        for (int shift = 60; shift >= 0; shift -= 4) {
            out.writeByte(Character.toUpperCase(Character.forDigit((int) (bitmap >>> shift) & 0xf, 16)));
        }
    }

    /// Writes field 39, two digits.
    void writeResponseCode(ByteBuf out, int code) {
        if (formats[39].content() == Content.NUMERIC) {
            writeDigits(out, code, 2);
        } else {
            out.writeByte('0' + code / 10).writeByte('0' + code % 10);
        }
    }

    private int bytes(Content content, int length) {
        return switch (content) {
            case NUMERIC -> packed ? (length + 1) / 2 : length;
            case SIGNED_NUMERIC -> packed ? 1 + (length + 1) / 2 : 1 + length;
            case TEXT -> length;
            case BINARY -> hex ? 2 * length : length;
        };
    }

    /// Writes an even number of digits.
    private void writeDigits(ByteBuf out, int number, int count) {
        int divisor = 1;
        for (int i = 2; i < count; i += 2) {
            divisor *= 100;
        }
        for (; divisor > 0; divisor /= 100) {
            int pair = number / divisor % 100;
            if (packed) {
                out.writeByte(((pair / 10) << 4) | pair % 10);
            } else {
                out.writeByte('0' + pair / 10).writeByte('0' + pair % 10);
            }
        }
    }

    /// A number of some digits, or -1 if there are others.
    private int digits(ByteBuf message, int at, int count) {
        int number = 0;
        for (int i = 0; i < count; i++) {
            int digit = digit(message, at, i);
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    private boolean digitsOnly(ByteBuf message, int at, int count) {
        for (int i = 0; i < count; i++) {
            int digit = digit(message, at, i);
            if (digit < 0 || digit > 9) {
                return false;
            }
        }
        return true;
    }

    private int digit(ByteBuf message, int at, int index) {
        if (packed) {
            int pair = message.getByte(at + index / 2);
            return (index % 2 == 0 ? pair >> 4 : pair) & 0xf;
        }
        return message.getByte(at + index) - '0';
    }

    private boolean bitmapIsValid(ByteBuf message, int at) {
        for (int i = 0; hex && i < 16; i++) {
            if (Character.digit(message.getByte(at + i), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private long bitmap(ByteBuf message, int at) {
        if (!hex) {
            return message.getLong(at);
        }
        long bitmap = 0;
        for (int i = 0; i < 16; i++) {
            bitmap = (bitmap << 4) | Character.digit(message.getByte(at + i), 16);
        }
        return bitmap;
    }
}
