package io.fairlead.gateway.listener;

import io.fairlead.link.CloseReason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

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

    /// Closes the port; open connections stay. Whoever comes is refused by the kernel and goes elsewhere.
    void stopAccepting();

    /// Asks the open connections to end, each at its moment of the plan, and waits for them.
    ///
    /// @return false if some had calls in flight after the plan's timeout
    boolean drain(DrainPlan plan) throws InterruptedException;

    /// Ends one connection: between two messages with nothing in flight (a native client is told to go elsewhere
    /// first), or at once.
    ///
    /// @param id as [#connections] shows it
    /// @return completed when it has ended; empty if there is no such connection
    Optional<CompletableFuture<Void>> close(String id, boolean now);

    /// Closes everything at once.
    void close();

    /// How many connections have ended, by reason.
    Map<CloseReason, Long> closed();

    /// The open connections; a snapshot.
    List<ConnectionStatus> connections();
}
