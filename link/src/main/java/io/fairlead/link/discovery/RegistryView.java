package io.fairlead.link.discovery;

import java.util.List;

/// What a watch knows of one registry.
///
/// @param address `host:port` as configured
/// @param node the registry's own name; empty before it has said so
/// @param connected whether its list is complete and kept up to date now
/// @param warming whether it said that it is too young to know every instance
/// @param instances how many it lists, or listed last
/// @param trouble why it is not connected; empty if it is
/// @param gateways names of the gateways that watch it, when it last said so
public record RegistryView(
        String address,
        String node,
        boolean connected,
        boolean warming,
        int instances,
        String trouble,
        List<String> gateways) {
    /// Copies the list.
    public RegistryView {
        gateways = List.copyOf(gateways);
    }

    /// Of a source that knows of no gateways.
    public RegistryView(
            String address, String node, boolean connected, boolean warming, int instances, String trouble) {
        this(address, node, connected, warming, instances, trouble, List.of());
    }
}
