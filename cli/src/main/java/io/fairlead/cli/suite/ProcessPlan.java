package io.fairlead.cli.suite;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/// A process to be started.
///
/// @param name such as `gateway-2`
/// @param ports by their names, in the order of the service's
public record ProcessPlan(String name, Service service, Map<String, Integer> ports) {
    private static final int STEP = 10;

    /// Keeps the order of the ports.
    public ProcessPlan {
        ports = Collections.unmodifiableMap(new LinkedHashMap<>(ports));
    }

    /// A suite on the ports that the documentation names; a service's n-th instance takes its numbers + 10 (n - 1).
    public static List<ProcessPlan> standard(int registries, int gateways, int workers) {
        List<ProcessPlan> plans = new ArrayList<>();
        for (int i = 0; i < registries; i++) {
            plans.add(standard(Service.REGISTRY, i));
        }
        for (int i = 0; i < gateways; i++) {
            plans.add(standard(Service.GATEWAY, i));
        }
        for (int i = 0; i < workers; i++) {
            plans.add(standard(Service.WORKER, i));
        }
        return List.copyOf(plans);
    }

    private static ProcessPlan standard(Service service, int index) {
        Map<String, Integer> ports = new LinkedHashMap<>();
        service.ports().forEach(port -> ports.put(port.name(), port.first() + STEP * index));
        return new ProcessPlan(service.label() + "-" + (index + 1), service, ports);
    }

    /// The same processes on other ports.
    ///
    /// @param port the new number for an old one
    public ProcessPlan moved(IntUnaryOperator port) {
        Map<String, Integer> moved = new LinkedHashMap<>();
        ports.forEach((portName, number) -> moved.put(portName, port.applyAsInt(number)));
        return new ProcessPlan(name, service, moved);
    }

    /// The arguments that tell the service its name, its ports and where the registries are.
    List<String> arguments(List<ProcessPlan> suite) {
        List<String> registries = suite.stream()
                .filter(plan -> plan.service() == Service.REGISTRY)
                .map(plan -> "127.0.0.1:" + plan.port("links"))
                .toList();
        List<String> arguments = new ArrayList<>();
        arguments.add("--fairlead.name=" + name);
        arguments.add("--fairlead.registries=" + String.join(",", registries));
        service.ports().forEach(port -> arguments.add("--" + port.property() + "=" + port(port.name())));
        if (service == Service.WORKER) {
            // One for all workers, as a fleet's database is: so each of them knows all keys.
            arguments.add("--fairlead.inbox.file=data/inbox.db");
        }
        return arguments;
    }

    private int port(String portName) {
        Integer number = ports.get(portName);
        if (number == null) {
            throw new IllegalArgumentException(name + " has no port " + portName + " (expected: one of " + ports + ")");
        }
        return number;
    }
}
