package io.fairlead.gateway.key;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A key made of one value or several. Immutable and thread-safe.
///
/// One value is the key as it is; several are joined by `|`, where a `|` or `\` of a value gets a `\` before
/// it and a value that may be missing is empty then: no two lists of values make the same key. A key that is
/// longer than [#MAX_CHARS], has characters that cannot be shown, or looks like what replaces it, is replaced
/// by `sha256:` and its SHA-256 in hexadecimal.
record MessageKey(List<Part> parts) {
    static final int MAX_CHARS = 256;
    private static final String HASHED = "sha256:";

    /// @param text as in the settings
    /// @param optional whether a message without this value has a key
    record Part(String text, KeyExpression expression, boolean optional) {
        /// Empty if it is missing: fields of fixed length are filled with blanks or zero bytes.
        private String valueIn(ByteBuf message) {
            String value = expression.valueIn(message);
            return value == null || value.chars().allMatch(c -> c <= ' ') ? "" : value;
        }
    }

    MessageKey {
        parts = List.copyOf(parts);
    }

    /// The message's key, or null if a value is missing that must be there.
    @Nullable String of(ByteBuf message) {
        if (parts.size() == 1) {
            String value = parts.getFirst().valueIn(message);
            return value.isEmpty() ? null : bounded(value);
        }
        StringBuilder key = new StringBuilder(48);
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            String value = part.valueIn(message);
            if (value.isEmpty() && !part.optional()) {
                return null;
            }
            if (i > 0) {
                key.append('|');
            }
            escape(value, key);
        }
        return bounded(key.toString());
    }

    /// The expressions, for messages.
    String text() {
        return parts.stream().map(Part::text).collect(Collectors.joining(", "));
    }

    private static void escape(String value, StringBuilder out) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '|' || c == '\\') {
                out.append('\\');
            }
            out.append(c);
        }
    }

    private static String bounded(String key) {
        return key.length() <= MAX_CHARS && isShowable(key) && !key.startsWith(HASHED) ? key : hash(key);
    }

    /// Databases take no NUL, screens no control characters, and half of a surrogate pair is no text.
    private static boolean isShowable(String key) {
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }

    private static String hash(String key) {
        ByteBuffer chars = ByteBuffer.allocate(2 * key.length());
        chars.asCharBuffer().put(key);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(chars.array());
            return HASHED + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
