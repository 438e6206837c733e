package io.fairlead.cli.suite;

/// A command cannot be carried out; the message says why and what helps. For people, without a stack trace.
public final class SuiteException extends RuntimeException {
    /// @param message names value, limit and remedy
    public SuiteException(String message) {
        super(message);
    }

    /// With the cause, for those who look into it.
    public SuiteException(String message, Throwable cause) {
        super(message, cause);
    }
}
