package io.fairlead.gateway.listener;

import io.fairlead.link.CloseReason;
import java.time.Duration;
import java.util.List;
import java.util.Map;

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

    /// How many connections have ended, by reason.
    Map<CloseReason, Long> closed();

    /// The open connections; a snapshot.
    List<ConnectionStatus> connections();
}
