package io.fairlead.gateway.delivery;

import java.util.concurrent.CompletableFuture;

/// What somebody wants done to a message cannot be done now; the message says why, and what can.
public final class NotPossibleException extends RuntimeException {
    NotPossibleException(String message) {
        super(message, null, false, false);
    }

    static <T> CompletableFuture<T> future(String message) {
        return CompletableFuture.failedFuture(new NotPossibleException(message));
    }
}
