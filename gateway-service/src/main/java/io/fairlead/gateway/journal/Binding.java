package io.fairlead.gateway.journal;

import io.fairlead.wire.Route;

/// Where a message came in and where it goes: what the books are kept by.
///
/// @param listener that took it
/// @param route of the handler that is to have it
public record Binding(String listener, Route route) {}
