package io.fairlead.systemtests;

import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A gateway process and the ports of its listeners.
record Gateway(ServiceProcess process, Map<String, Integer> ports) {
    /// @param listener name of one of its listeners
    int port(String listener) {
        Integer port = ports.get(listener);
        if (port == null) {
            throw new IllegalArgumentException("listener: " + listener + " (expected: one of " + ports.keySet() + ")");
        }
        return port;
    }

    /// A worker as this gateway sees it.
    record Upstream(boolean listed, boolean connected, int inFlight) {}

    Optional<Upstream> upstream(String instance) {
        for (JsonNode node : Http.json(process.httpPort(), "/admin/upstreams")) {
            if (node.get("instance").asString().equals(instance)) {
                return Optional.of(new Upstream(
                        node.get("listed").asBoolean(),
                        node.get("connected").asBoolean(),
                        node.get("inFlight").asInt()));
            }
        }
        return Optional.empty();
    }

    boolean isConnectedTo(String instance) {
        return upstream(instance).filter(Upstream::connected).isPresent();
    }

    /// How many registries it hears of at the moment.
    int connectedRegistries() {
        int connected = 0;
        for (JsonNode registry : process.health().at("/components/gateway/details/registries")) {
            connected += registry.get("connected").asBoolean() ? 1 : 0;
        }
        return connected;
    }

    /// How many connections of a listener ended for a reason, one of `CloseReason`.
    double closed(String listener, String reason) {
        return process.metric(
                "fairlead_connections_closed_total", "listener=\"" + listener + "\"", "reason=\"" + reason + "\"");
    }
}
