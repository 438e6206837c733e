package io.fairlead.cli.suite;

import java.util.List;
import java.util.Locale;

/// What runs as a process, and which ports it listens at.
public enum Service {
    /// Knows which workers there are.
    REGISTRY(
            "registry-service",
            "fairlead-registry",
            10,
            List.of(
                    new Port("links", 7500, "fairlead.registry.port"),
                    new Port("http", 8081, "server.port"),
                    new Port("actuator", 9081, "management.server.port"))),
    /// Where clients connect.
    GATEWAY(
            "gateway-service",
            "fairlead-gateway",
            10,
            List.of(
                    new Port("native", 7400, "fairlead.gateway.listeners.native.port"),
                    new Port("lines", 7401, "fairlead.gateway.listeners.lines.port"),
                    new Port("iso8583", 7402, "fairlead.gateway.listeners.iso8583.port"),
                    new Port("mllp", 2575, "fairlead.gateway.listeners.mllp.port"),
                    new Port("http", 8080, "server.port"),
                    new Port("actuator", 9080, "management.server.port"))),
    /// Runs the handlers.
    WORKER(
            "worker-service",
            "fairlead-worker",
            20,
            List.of(
                    new Port("links", 7600, "fairlead.worker.port"),
                    new Port("actuator", 9082, "management.server.port")));

    /// @param name in tables and the state file
    /// @param first of the first local instance; each further one takes 10 more
    /// @param property that sets it
    record Port(String name, int first, String property) {}

    private final String module;
    private final String artifact;
    private final int most;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Port> ports;

    Service(String module, String artifact, int most, List<Port> ports) {
        this.module = module;
        this.artifact = artifact;
        this.most = most;
        this.ports = ports;
    }

    /// Most local instances: with more, two services would take the same port.
    public int most() {
        return most;
    }

    /// `registry`, `gateway` or `worker`.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String module() {
        return module;
    }

    String artifact() {
        return artifact;
    }

    List<Port> ports() {
        return ports;
    }
}
