package io.fairlead.link.discovery;

import org.jspecify.annotations.Nullable;

/// A method that an instance offers.
///
/// @param name as in a route
/// @param idempotent running it twice does no harm, so a call that may have run may be tried elsewhere
/// @param once runs once in effect for each idempotency key, so a call with a key may be tried elsewhere
/// @param timeoutMillis longest a call may take, at most a day; 0 = the method does not say
/// @param keys where keys are kept, if it runs once for each; null otherwise
public record MethodOffer(
        String name,
        boolean idempotent,
        boolean once,
        long timeoutMillis,
        @Nullable KeyOffer keys) {
    /// The longest timeout that a method can offer, in milliseconds.
    public static final long MAX_TIMEOUT_MILLIS = 86_400_000;

    /// @throws IllegalArgumentException if the name is missing or longer than 250 characters, or the timeout
    ///     is out of its bounds
    public MethodOffer {
        Bounds.text("method name", name, 1, ServiceOffer.MAX_NAME_CHARS);
        Bounds.range("timeoutMillis", timeoutMillis, 0, MAX_TIMEOUT_MILLIS);
    }

    /// A method that keeps no keys.
    public MethodOffer(String name, boolean idempotent, boolean once, long timeoutMillis) {
        this(name, idempotent, once, timeoutMillis, null);
    }

    /// A method without a timeout.
    public MethodOffer(String name, boolean idempotent, boolean once) {
        this(name, idempotent, once, 0);
    }
}
