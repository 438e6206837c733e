package io.fairlead.link.discovery;

/// A method that an instance offers.
///
/// @param name as in a route
/// @param idempotent running it twice does no harm, so a call that may have run may be tried elsewhere
/// @param once runs once in effect for each idempotency key, so a call with a key may be tried elsewhere
/// @param timeoutMillis longest a call may take, at most a day; 0 = the method does not say
public record MethodOffer(String name, boolean idempotent, boolean once, long timeoutMillis) {
    /// The longest timeout that a method can offer, in milliseconds.
    public static final long MAX_TIMEOUT_MILLIS = 86_400_000;

    /// @throws IllegalArgumentException if the name is missing or longer than 250 characters, or the timeout
    ///     is out of its bounds
    public MethodOffer {
        Bounds.text("method name", name, 1, ServiceOffer.MAX_NAME_CHARS);
        Bounds.range("timeoutMillis", timeoutMillis, 0, MAX_TIMEOUT_MILLIS);
    }

    /// A method without a timeout.
    public MethodOffer(String name, boolean idempotent, boolean once) {
        this(name, idempotent, once, 0);
    }
}
