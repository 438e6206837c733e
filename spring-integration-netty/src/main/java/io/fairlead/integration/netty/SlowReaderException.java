package io.fairlead.integration.netty;

import java.io.IOException;

/// A connection was closed because its peer did not take what was sent to it: in size (`maxBufferedBytes`) or in time
/// (`sendTimeout`).
public final class SlowReaderException extends IOException {

    private static final long serialVersionUID = 1L;

    SlowReaderException(String message) {
        super(message);
    }
}
