package io.fairlead.gateway.listener;

import java.time.Instant;

/// A client connection, for screens.
///
/// @param id unique in this gateway
/// @param remote `host:port`
/// @param since when it was opened
/// @param inFlight calls that are not answered
/// @param calls calls so far
/// @param queuedBytes replies that the client has not read
/// @param paused whether nothing is read from it at the moment (back-pressure)
public record ConnectionStatus(
        String id,
        String listener,
        String remote,
        Instant since,
        int inFlight,
        long calls,
        long queuedBytes,
        boolean paused) {}
