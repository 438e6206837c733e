package io.fairlead.link.discovery;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Checks of what came over the wire; every message names the value and its bound. Values may be null here, because
/// that is what a field that is missing in JSON becomes.
final class Bounds {
    private static final int SHOWN_CHARS = 64;

    private Bounds() {}

    /// Text of `min` to `max` characters without control characters.
    static String text(String what, @Nullable String value, int min, int max) {
        if (value == null || value.length() < min || value.length() > max) {
            throw new IllegalArgumentException(what + ": " + shown(value)
                    + (value == null ? "" : ", " + value.length() + " characters") + " (expected: " + min + " to " + max
                    + " characters)");
        }
        // No stream: of ten thousand instances, texts are checked some ten thousand times a second.
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw new IllegalArgumentException(what + ": has control characters (expected: none)");
            }
        }
        return value;
    }

    static long range(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: " + min + " to " + max + ")");
        }
        return value;
    }

    static <T> T present(String what, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(what + ": missing");
        }
        return value;
    }

    static <T> List<T> list(@Nullable List<T> value) {
        return value == null ? List.of() : List.copyOf(value);
    }

    private static String shown(@Nullable String value) {
        if (value == null) {
            return "missing";
        }
        return "'" + (value.length() > SHOWN_CHARS ? value.substring(0, SHOWN_CHARS) + "…" : value) + "'";
    }
}
