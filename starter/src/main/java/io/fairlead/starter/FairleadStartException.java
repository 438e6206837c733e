package io.fairlead.starter;

import org.jspecify.annotations.Nullable;

/// The application cannot start because of something its author or operator can put right. Shown as Spring Boot's
/// failure report: the message says what is wrong, the action what to do.
///
/// @since 0.1
public class FairleadStartException extends RuntimeException {
    private final String action;

    /// @param action what to do about it
    public FairleadStartException(String message, String action) {
        this(message, action, null);
    }

    /// @param action what to do about it
    public FairleadStartException(String message, String action, @Nullable Throwable cause) {
        super(message, cause);
        this.action = action;
    }

    /// A setting with a value out of its bounds.
    ///
    /// @param property its full name, such as `fairlead.worker.port`
    public static FairleadStartException property(String property, Object value, String expected) {
        return new FairleadStartException(
                property + ": " + value + " (expected: " + expected + ")", "Change the value of " + property + ".");
    }

    /// What to do about it.
    public String action() {
        return action;
    }
}
