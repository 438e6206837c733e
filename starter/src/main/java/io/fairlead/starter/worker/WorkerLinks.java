package io.fairlead.starter.worker;

import io.fairlead.link.LinkSettings;
import java.net.InetSocketAddress;
import java.util.List;

/// How a worker is linked with the others.
///
/// @param server of the links that come in
/// @param client of the links to registries
/// @param registries where to register; empty = nowhere, for gateways that list this worker themselves
/// @since 0.1
public record WorkerLinks(LinkSettings server, LinkSettings client, List<InetSocketAddress> registries) {
    /// Copies the list.
    public WorkerLinks {
        registries = List.copyOf(registries);
    }
}
