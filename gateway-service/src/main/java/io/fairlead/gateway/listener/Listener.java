package io.fairlead.gateway.listener;

import java.time.Duration;
import java.util.List;

/// A port of the gateway. Thread-safe.
public interface Listener {
    /// Its name in the settings.
    String name();

    /// Its settings.
    ListenerProperties properties();

    /// The port that is bound, or -1.
    int port();

    /// Binds and accepts.
    ///
    /// @throws RuntimeException if the port cannot be bound; the message names it
    void start();

    /// Reads no new calls, waits until those in flight are answered, and closes all connections.
    ///
    /// @return false if some calls were not answered within the limit
    boolean drain(Duration limit) throws InterruptedException;

    /// Closes everything at once.
    void close();

    /// The open connections; a snapshot.
    List<ConnectionStatus> connections();
}
