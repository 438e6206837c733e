package io.fairlead.gateway.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A segment of an HL7 version 2 message in delimiter ("pipe") encoding, read in place. Bytes are taken as
/// ISO 8859-1, which keeps each as it is in any of HL7's character sets but UTF-16 and UTF-32.
///
/// @param message of which this is a part; its indices are not used after construction
/// @param start index of the segment's name
/// @param end index after its last byte
/// @param separator of fields
public record Hl7Segment(ByteBuf message, int start, int end, byte separator) {

    private static final int NAME_BYTES = 3;

    /// The message's header, or null if it does not begin with one (after stray line ends).
    public static @Nullable Hl7Segment header(ByteBuf message) {
        int start = skipLineEnds(message, message.readerIndex());
        if (!named(message, start, "MSH") || start + NAME_BYTES == message.writerIndex()) {
            return null;
        }
        byte separator = message.getByte(start + NAME_BYTES);
        boolean plausible = separator > ' ' && separator < 0x7f && !Character.isLetterOrDigit(separator);
        return plausible ? new Hl7Segment(message, start, endOf(message, start), separator) : null;
    }

    /// The first segment after this one that has the name, or null.
    public @Nullable Hl7Segment next(String name) {
        int at = skipLineEnds(message, end);
        while (at < message.writerIndex()) {
            int endOfSegment = endOf(message, at);
            if (named(message, at, name) && separatorAt(at + NAME_BYTES)) {
                return new Hl7Segment(message, at, endOfSegment, separator);
            }
            at = skipLineEnds(message, endOfSegment);
        }
        return null;
    }

    /// A field by HL7's number, or the empty text if the segment has none. In the header field 1 is the
    /// separator itself, so field 2 is the first that can be asked for.
    public String field(int number) {
        int separatorsBefore = named(message, start, "MSH") ? number - 1 : number;
        int at = start + NAME_BYTES; // of the separator before the field
        for (int i = 1; i < separatorsBefore; i++) {
            at = nextSeparator(at + 1);
        }
        int from = Math.min(at + 1, end);
        return message.toString(from, nextSeparator(from) - from, StandardCharsets.ISO_8859_1);
    }

    /// Index of the next separator, or the segment's end.
    private int nextSeparator(int from) {
        int at = from < end ? message.indexOf(from, end, separator) : end;
        return at < 0 ? end : at;
    }

    private boolean separatorAt(int index) {
        return index < message.writerIndex() && message.getByte(index) == separator;
    }

    private static boolean named(ByteBuf message, int at, String name) {
        return message.writerIndex() - at >= NAME_BYTES
                && message.getByte(at) == name.charAt(0)
                && message.getByte(at + 1) == name.charAt(1)
                && message.getByte(at + 2) == name.charAt(2);
    }

    private static int endOf(ByteBuf message, int from) {
        int at = message.forEachByte(from, message.writerIndex() - from, ByteProcessor.FIND_CRLF);
        return at < 0 ? message.writerIndex() : at;
    }

    private static int skipLineEnds(ByteBuf message, int from) {
        int at = message.forEachByte(from, message.writerIndex() - from, ByteProcessor.FIND_NON_CRLF);
        return at < 0 ? message.writerIndex() : at;
    }
}
