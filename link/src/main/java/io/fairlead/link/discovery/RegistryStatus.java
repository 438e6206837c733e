package io.fairlead.link.discovery;

import java.time.Instant;

/// How a registration stands with one registry.
///
/// @param address `host:port` as configured
/// @param registered whether a lease runs there, as far as is known here: it outlives its link
/// @param since when `registered` became what it is
/// @param lastError the latest trouble, until a call succeeds; empty if there is none
public record RegistryStatus(String address, boolean registered, Instant since, String lastError) {}
