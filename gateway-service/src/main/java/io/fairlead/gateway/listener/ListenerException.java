package io.fairlead.gateway.listener;

/// A listener cannot be made or opened: its settings do not fit together, or its port cannot be bound.
public final class ListenerException extends RuntimeException {
    private final String listener;

    /// @param listener its name in the settings
    /// @param message names the value and what was expected
    public ListenerException(String listener, String message, Throwable cause) {
        super(message, cause);
        this.listener = listener;
    }

    /// The listener's name in the settings.
    public String listener() {
        return listener;
    }
}
