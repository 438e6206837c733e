package io.fairlead.link.discovery;

/// A method that an instance offers.
///
/// @param name as in a route
/// @param idempotent running it twice does no harm, so a call that may have run may be tried elsewhere
/// @param once runs once in effect for each idempotency key, so a call with a key may be tried elsewhere
public record MethodOffer(String name, boolean idempotent, boolean once) {
    /// @throws IllegalArgumentException if the name is missing or longer than 250 characters
    public MethodOffer {
        Bounds.text("method name", name, 1, ServiceOffer.MAX_NAME_CHARS);
    }
}
