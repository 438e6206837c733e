package io.fairlead.gateway.key;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// `bytes:FROM-TO`: a range of bytes, for messages of fixed form.
///
/// @param from counted from 0
/// @param to first that is not in the range
/// @param hex as hexadecimal digits instead of as ISO 8859-1
record BytesExpression(int from, int to, boolean hex) implements KeyExpression {
    static KeyExpression of(KeyText text) {
        int from = text.number("the first byte, from 0", 0, Scan.MAX_BYTES - 1);
        text.expect('-', "'-' and the byte after the last");
        int to = text.number("the byte after the last", from + 1, Scan.MAX_BYTES);
        boolean hex = text.skip(":hex");
        text.end("nothing or ':hex'");
        return new BytesExpression(from, to, hex);
    }

    @Override
    public @Nullable String valueIn(ByteBuf message) {
        if (message.readableBytes() < to) {
            return null;
        }
        int at = message.readerIndex() + from;
        return hex
                ? ByteBufUtil.hexDump(message, at, to - from)
                : message.toString(at, to - from, StandardCharsets.ISO_8859_1);
    }
}
