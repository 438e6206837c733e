package io.fairlead.starter.inbox;

import org.jspecify.annotations.Nullable;

/// Which holder of a lane sent a message: holders that come later have higher tokens.
///
/// @param lane unique in the suite
/// @param token at least 0
public record Fence(String lane, long token) {
    /// Reads `lane:token`; null if it is none.
    static @Nullable Fence parse(@Nullable String text) {
        int colon = text == null ? -1 : text.lastIndexOf(':');
        if (text == null || colon < 1 || colon > 250) {
            return null;
        }
        try {
            return new Fence(text.substring(0, colon), Long.parseLong(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
