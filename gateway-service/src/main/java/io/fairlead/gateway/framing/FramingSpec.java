package io.fairlead.gateway.framing;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a listener's settings say about its framing.
///
/// @param name a name that [Framings#names()] has
/// @param lengthIncludesHeader for `length1`, `length2` and `length4`: whether the length counts its own bytes
/// @param terminator for `terminator`: what ends a message; text in UTF-8, where `\r`, `\n`, `\t`, `\0`, `\\`
///     and `\xHH` (any byte) are understood
public record FramingSpec(
        String name, boolean lengthIncludesHeader, @Nullable String terminator) {

    /// Checks that there is a name; whether the rest fits it is checked by [Framings#of].
    public FramingSpec {
        Objects.requireNonNull(name, "name");
    }

    /// A framing without options.
    public static FramingSpec of(String name) {
        return new FramingSpec(name, false, null);
    }
}
