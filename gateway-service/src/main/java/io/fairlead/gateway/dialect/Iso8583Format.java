package io.fairlead.gateway.dialect;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The format of a field of ISO 8583.
///
/// @param content what it holds
/// @param prefixDigits digits of the length in front of it; 0 if its length is fixed
/// @param length fixed or greatest, in digits, characters or, for binary content, bytes
record Iso8583Format(Content content, int prefixDigits, int length) {

    private static final Pattern NOTATION = Pattern.compile("(x\\+n|n|z|b|ans|an|as|ns|a|s)(\\.{2,3})?(\\d{1,3})");

    /// ISO 8583:1987. Field 65 is a single byte, as in practice; a third bitmap is not supported.
    private static final String ISO_1987 = """
            2=n..19 3=n6 4-6=n12 7=n10 8-9=n8 10-12=n6 13-18=n4 19-24=n3 25-26=n2 27=n1 28-31=x+n8
            32-33=n..11 34=ans..28 35=z..37 36=z...104 37=an12 38=an6 39=an2 40=an3 41=ans8 42=ans15 43=ans40
            44=an..25 45=an..76 46-48=an...999 49-51=an3 52=b8 53=n16 54=an...120 55-63=ans...999 64=b8
            65=b1 66=n1 67=n2 68-70=n3 71-72=n4 73=n6 74-81=n10 82-85=n12 86-89=n16 90=n42
            91=an1 92=an2 93=n5 94=an7 95=an42 96=b8 97=x+n16 98=ans25 99-100=n..11 101=ans..17 102-103=ans..28
            104=ans...100 105-127=ans...999 128=b8
            """;

    /// What a field holds, which decides how many bytes a digit or character takes.
    enum Content {
        /// Digits; two in a byte where numbers are packed.
        NUMERIC,
        /// A sign character and digits.
        SIGNED_NUMERIC,
        /// Characters.
        TEXT,
        /// Bytes; two characters each where bitmaps are hexadecimal.
        BINARY
    }

    /// Reads the notation of [Iso8583Settings#fields()].
    ///
    /// @throws IllegalArgumentException if it is none
    static Iso8583Format of(int field, String notation) {
        Matcher matcher = NOTATION.matcher(notation.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("iso8583.fields." + field + ": '" + notation
                    + "' (expected: content and length, such as n6, n..19, ans...999, b8, z..37, x+n8)");
        }
        int prefixDigits = matcher.group(2) == null ? 0 : matcher.group(2).length();
        int length = Integer.parseInt(matcher.group(3));
        if (length == 0 || (prefixDigits == 2 && length > 99)) {
            throw new IllegalArgumentException("iso8583.fields." + field + ": '" + notation
                    + "' (expected: a length of at least 1 that its prefix can say)");
        }
        Content content = switch (matcher.group(1)) {
            case "n", "z" -> Content.NUMERIC; // tracks are packed like numbers, with D for the separator
            case "x+n" -> Content.SIGNED_NUMERIC;
            case "b" -> Content.BINARY;
            default -> Content.TEXT;
        };
        return new Iso8583Format(content, prefixDigits, length);
    }

    /// The formats of ISO 8583:1987 by field number; 0 and 1 are not used.
    static Iso8583Format[] iso1987() {
        Iso8583Format[] formats = new Iso8583Format[129];
        for (String entry : ISO_1987.strip().split("\\s+", -1)) {
            int equals = entry.indexOf('=');
            String[] range = entry.substring(0, equals).split("-", -1);
            int first = Integer.parseInt(range[0]);
            int last = Integer.parseInt(range[range.length - 1]);
            for (int field = first; field <= last; field++) {
                formats[field] = of(field, entry.substring(equals + 1));
            }
        }
        return formats;
    }
}
