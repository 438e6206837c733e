package io.fairlead.gateway.dialect;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How ISO 8583 messages are laid out. The defaults are those of ISO 8583:1987 in ASCII with a hexadecimal
/// bitmap, which is also j8583's default.
///
/// @param headerBytes bytes before the message type, 0 to 64 (such as a TPDU); refusals repeat the request's
/// @param encoding of message type, numbers and length prefixes
/// @param bitmap form of the bitmaps and of binary fields
/// @param correlationFields the fields that together pair a response with its request, 2 to 128; a message that
///     lacks one has no key
/// @param omittedFields the fields of a request that a refusal does not repeat: those that responses never carry
///     because they are secret or signed (tracks, PIN, security data, chip data, MACs). Any other field is
///     repeated
/// @param fields formats of fields that differ from ISO 8583:1987, by number: content (`n`, `an`, `ans`, `z`,
///     `b`, `x+n`), then the length (`n6`), or two or three dots and the greatest length where a prefix of as
///     many digits says it (`n..19`, `ans...999`); lengths count digits or characters, for `b` bytes
public record Iso8583Settings(
        @DefaultValue("0") int headerBytes,
        @DefaultValue("ASCII") Encoding encoding,
        @DefaultValue("HEX") Bitmap bitmap,
        @DefaultValue("11") List<Integer> correlationFields,

        @DefaultValue({"35", "45", "52", "53", "55", "64", "128"})
        Set<Integer> omittedFields,

        @DefaultValue Map<Integer, String> fields) {

    private static final int MAX_HEADER_BYTES = 64;

    /// How message type, numbers and length prefixes are written.
    public enum Encoding {
        /// A character a digit.
        ASCII,
        /// Two digits a byte (BCD).
        PACKED
    }

    /// How bitmaps and binary fields are written.
    public enum Bitmap {
        /// Two hexadecimal digits a byte.
        HEX,
        /// As they are.
        BINARY
    }

    /// Checks the numbers, alone and against each other.
    public Iso8583Settings {
        if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
            throw new IllegalArgumentException(
                    "iso8583.header-bytes: " + headerBytes + " (expected: 0 to " + MAX_HEADER_BYTES + ")");
        }
        correlationFields = List.copyOf(correlationFields);
        omittedFields = Set.copyOf(omittedFields);
        fields = Map.copyOf(fields);
        if (correlationFields.isEmpty()) {
            throw new IllegalArgumentException(
                    "iso8583.correlation-fields: empty (expected: at least one field, usually 11)");
        }
        correlationFields.forEach(field -> checkField("correlation-fields", field));
        omittedFields.forEach(field -> checkField("omitted-fields", field));
        fields.keySet().forEach(field -> checkField("fields", field));
        for (int field : correlationFields) {
            if (omittedFields.contains(field)) {
                throw new IllegalArgumentException("iso8583.omitted-fields: " + field
                        + " (expected: none of the correlation fields " + correlationFields
                        + ", or clients could not match the refusal): remove it");
            }
        }
    }

    /// The defaults.
    public static Iso8583Settings defaults() {
        return new Iso8583Settings(
                0, Encoding.ASCII, Bitmap.HEX, List.of(11), Set.of(35, 45, 52, 53, 55, 64, 128), Map.of());
    }

    private static void checkField(String setting, int field) {
        if (field < 2 || field > 128) {
            throw new IllegalArgumentException("iso8583." + setting + ": " + field + " (expected: 2 to 128)");
        }
    }
}
