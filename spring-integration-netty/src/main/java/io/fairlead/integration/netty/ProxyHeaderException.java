package io.fairlead.integration.netty;

import java.io.IOException;

/// A connection was closed because of its PROXY protocol header, or because it had none.
public final class ProxyHeaderException extends IOException {

    private final Reason reason;

    /// What was wrong.
    public enum Reason {
        /// It did not come in time.
        TIMEOUT,
        /// It is required, and something else came.
        MISSING,
        /// It breaks the PROXY protocol.
        MALFORMED,
        /// It is required, and the peer may not send one.
        UNTRUSTED
    }

    ProxyHeaderException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /// What was wrong.
    public Reason reason() {
        return reason;
    }
}
