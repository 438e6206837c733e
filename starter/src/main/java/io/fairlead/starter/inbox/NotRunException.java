package io.fairlead.starter.inbox;

import org.jspecify.annotations.Nullable;

/// The handler certainly did not run: the inbox's database could not be asked. The message goes to the caller.
///
/// @since 0.2
public final class NotRunException extends RuntimeException {
    NotRunException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
