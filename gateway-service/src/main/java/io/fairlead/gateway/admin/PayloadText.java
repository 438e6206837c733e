package io.fairlead.gateway.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Bytes as people can read them: as text where they are some, else in Base64; cut where they are long.
///
/// @param text null unless it is UTF-8 that can be shown
/// @param base64 null if there is text
/// @param truncated whether there is more
record PayloadText(@Nullable String text, @Nullable String base64, boolean truncated) {
    /// @param most bytes that are shown
    static PayloadText of(byte[] bytes, int most) {
        boolean truncated = bytes.length > most;
        byte[] shown = truncated ? Arrays.copyOf(bytes, most) : bytes;
        String text = text(shown, truncated);
        return text == null
                ? new PayloadText(null, Base64.getEncoder().encodeToString(shown), truncated)
                : new PayloadText(text, null, truncated);
    }

    /// @param cut whether the last character may be incomplete
    private static @Nullable String text(byte[] bytes, boolean cut) {
        CharBuffer chars = CharBuffer.allocate(bytes.length);
        CoderResult result = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), chars, !cut);
        String text = chars.flip().toString();
        return result.isError() || !text.codePoints().allMatch(PayloadText::isPrintable) ? null : text;
    }

    private static boolean isPrintable(int codePoint) {
        return codePoint == '\n' || codePoint == '\r' || codePoint == '\t' || !Character.isISOControl(codePoint);
    }
}
