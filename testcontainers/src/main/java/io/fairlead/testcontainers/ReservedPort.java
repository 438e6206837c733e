package io.fairlead.testcontainers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/// A port that is free, and that this machine gives nobody else until it is released: the gateway is told of it
/// before the worker listens there. Nothing listens meanwhile, so the gateway is refused at once and tries again.
/// Thread-safe.
final class ReservedPort {
    private final Socket holder = new Socket();
    private final int number;

    ReservedPort() {
        try {
            holder.bind(new InetSocketAddress(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        number = holder.getLocalPort();
    }

    int number() {
        return number;
    }

    /// For whoever listens there now.
    int release() {
        try {
            holder.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return number;
    }
}
