package io.fairlead.gateway.key;

import io.fairlead.gateway.dialect.Hl7Segment;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// `hl7:SEG-FIELD[.COMPONENT[.SUBCOMPONENT]]`: of the first segment of that name the field, of that the first
/// repetition, as it is written, escapes and all. HL7's null, two quotation marks, is no value.
///
/// @param field HL7's number
/// @param component 0 = all
/// @param subcomponent 0 = all
record Hl7Expression(String segment, int field, int component, int subcomponent) implements KeyExpression {
    private static final int MAX_NUMBER = 999;
    private static final String HEADER = "MSH";
    private static final String USUAL_DELIMITERS = "^~\\&";
    private static final String NULL = "\"\"";

    static KeyExpression of(KeyText text) {
        String segment = text.segmentName();
        text.expect('-', "'-' and the number of the field");
        // MSH-1 and MSH-2 are the delimiters.
        int field = text.number("the number of a field", segment.equals(HEADER) ? 3 : 1, MAX_NUMBER);
        int component = text.skip(".") ? text.number("the number of a component", 1, MAX_NUMBER) : 0;
        int subcomponent =
                component > 0 && text.skip(".") ? text.number("the number of a subcomponent", 1, MAX_NUMBER) : 0;
        text.end("nothing, or '.' and the number of a component");
        return new Hl7Expression(segment, field, component, subcomponent);
    }

    @Override
    public @Nullable String valueIn(ByteBuf message) {
        Scan scan = Scan.of(message);
        Hl7Segment header = Hl7Segment.header(scan.bytes());
        Hl7Segment found = header == null || segment.equals(HEADER) ? header : header.next(segment);
        if (header == null
                || found == null
                || (scan.cut() && found.end() == scan.bytes().writerIndex())) {
            return null;
        }
        String delimiters = header.field(2);
        String value = part(found.field(field), delimiter(delimiters, 1), 1);
        if (component > 0) {
            value = part(value, delimiter(delimiters, 0), component);
        }
        if (subcomponent > 0) {
            value = part(value, delimiter(delimiters, 3), subcomponent);
        }
        return value.equals(NULL) ? null : value;
    }

    private static char delimiter(String delimiters, int index) {
        return index < delimiters.length() ? delimiters.charAt(index) : USUAL_DELIMITERS.charAt(index);
    }

    /// The part of that number, from 1; empty if there are fewer.
    private static String part(String text, char delimiter, int number) {
        int from = 0;
        for (int i = 1; i < number; i++) {
            int next = text.indexOf(delimiter, from);
            if (next < 0) {
                return "";
            }
            from = next + 1;
        }
        int to = text.indexOf(delimiter, from);
        return to < 0 ? text.substring(from) : text.substring(from, to);
    }
}
