package io.fairlead.starter;

import io.fairlead.wire.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Ends a call with a status and a message of the handler's choice.
///
/// The message goes to the client: no secrets in it. [Status#UNAVAILABLE] tells the client that nothing was done and
/// that it may repeat the call, so throw it only before any effect; a gateway does not repeat it by itself.
///
/// @since 0.1
public class FairleadException extends RuntimeException {
    private final Status status;
    private final Duration retryAfter;

    /// @param status any but [Status#OK]
    public FairleadException(Status status, String message) {
        this(status, message, null);
    }

    /// @param status any but [Status#OK]
    /// @param cause for logs, stays here; null if there is none
    public FairleadException(Status status, String message, @Nullable Throwable cause) {
        this(status, message, Duration.ZERO, cause);
    }

    /// @param status any but [Status#OK]
    /// @param retryAfter when the client may try again; zero = no hint
    /// @param cause for logs, stays here; null if there is none
    public FairleadException(Status status, String message, Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        if (status == Status.OK) {
            throw new IllegalArgumentException("status: OK (expected: any other; return normally instead)");
        }
        if (retryAfter.isNegative()) {
            throw new IllegalArgumentException("retryAfter: " + retryAfter + " (expected: 0 or more)");
        }
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /// How the call ends.
    public Status status() {
        return status;
    }

    /// When the client may try again; zero = no hint.
    public Duration retryAfter() {
        return retryAfter;
    }
}
