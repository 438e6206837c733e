package io.fairlead.gateway.journal;

import org.jspecify.annotations.Nullable;

/// The store did not do what it was asked to.
public final class StoreException extends RuntimeException {
    private final Kind kind;

    /// What may be concluded.
    public enum Kind {
        /// No room on the disk. Nothing was written.
        FULL,
        /// The store cannot be reached or used at the moment. Nothing was written.
        UNAVAILABLE,
        /// The commit failed: what was to be written may be there, or not.
        UNCERTAIN,
        /// What is stored cannot be read. Nothing was written.
        DAMAGED
    }

    /// @param message what is wrong and what to do about it
    public StoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /// What may be concluded.
    public Kind kind() {
        return kind;
    }
}
