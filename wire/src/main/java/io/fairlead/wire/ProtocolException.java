package io.fairlead.wire;

/// The peer broke the protocol: its connection is closed, with this message as the reason.
public final class ProtocolException extends RuntimeException {
    /// @param message names the value and what was expected
    public ProtocolException(String message) {
        super(message);
    }
}
