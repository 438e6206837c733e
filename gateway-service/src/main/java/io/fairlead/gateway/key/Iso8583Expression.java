package io.fairlead.gateway.key;

import io.fairlead.gateway.dialect.Iso8583Layout;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// `iso8583:mti`: the message type without its repeat digit, so that a message and its repeats have the same
/// one; `iso8583:FIELD`: a field's content.
///
/// @param field 2 to 128; 0 = the message type
record Iso8583Expression(Iso8583Layout layout, int field) implements KeyExpression {
    static KeyExpression of(KeyText text, Iso8583Layout layout) {
        int field = text.skip("mti") ? 0 : text.number("'mti' or the number of a field", 2, 128);
        text.end("nothing more");
        return new Iso8583Expression(layout, field);
    }

    @Override
    public @Nullable String valueIn(ByteBuf message) {
        Iso8583Layout.Header header = layout.header(message);
        if (header == null) {
            return null;
        }
        // The 1 in front keeps the zeros.
        return field == 0
                ? String.valueOf(10_000 + header.typeWithoutRepeat()).substring(1)
                : layout.text(field, message, header);
    }
}
