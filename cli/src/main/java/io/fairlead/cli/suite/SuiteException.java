package io.fairlead.cli.suite;

import org.jspecify.annotations.Nullable;

/// A command cannot be carried out; the message says why and what helps. For people, without a stack trace.
public class SuiteException extends RuntimeException {
    /// @param message names value, limit and remedy
    public SuiteException(String message) {
        super(message);
    }

    /// With the cause, for those who look into it.
    public SuiteException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
