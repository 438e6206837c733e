package io.fairlead.systemtests.crash;

import static org.awaitility.Awaitility.await;

import io.fairlead.systemtests.nodes.AdminPages;
import io.fairlead.systemtests.nodes.BenchPorts;
import io.fairlead.systemtests.nodes.Host;
import io.fairlead.systemtests.nodes.LoopbackHosts;
import io.fairlead.systemtests.nodes.NodeProcess;
import io.fairlead.systemtests.nodes.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A registry, gateways and [EffectsWorker]s, each at an address of its own, with a [CutProxy] before each
/// gateway and each worker. Not thread-safe, but for the books.
final class CrashFleet implements AutoCloseable {
    private static final String REGISTRY = "registry";
    private static final Duration WHOLE_LIMIT = Duration.ofSeconds(600);
    private static final String SECRET = "a secret of the crash bench alone";
    private static final String PASSWORD = "a password of the crash bench alone";

    private final Path folder;
    private final Stores stores;
    private final int gateways;
    private final int workers;
    private final LoopbackHosts hosts = new LoopbackHosts();
    private final Map<String, NodeProcess> processes = new LinkedHashMap<>();
    private final Map<String, CutProxy> wires = new LinkedHashMap<>();
    private final Map<String, AdminPages> pages = new ConcurrentHashMap<>();
    private final Map<String, Map<String, String>> environments = new LinkedHashMap<>();
    private final List<String> gatewaySettings = new ArrayList<>();

    /// @param folder for logs
    CrashFleet(Path folder, Stores stores, int gateways, int workers) {
        this.folder = folder;
        this.stores = stores;
        this.gateways = gateways;
        this.workers = workers;
    }

    List<String> gatewayNames() {
        return names("gateway", gateways);
    }

    List<String> workerNames() {
        return names("worker", workers);
    }

    static List<String> names(String role, int count) {
        return IntStream.range(0, count).mapToObj(i -> role + "-" + i).toList();
    }

    /// Adds variables to the environment in which a process is started from now on.
    void environment(String process, Map<String, String> variables) {
        environments.put(process, variables);
    }

    /// Starts everything; returns when each gateway has links to all workers.
    void start() {
        Host registry = hosts.host(REGISTRY);
        start(
                REGISTRY,
                Programs.jar(
                        "registry-service",
                        "fairlead-registry",
                        "fairlead.registry.name=" + REGISTRY,
                        "fairlead.registry.bind-address=" + registry.address(),
                        "fairlead.registry.port=" + BenchPorts.REGISTRY,
                        "fairlead.registry.lease=5s",
                        "fairlead.registry.renew=1s",
                        "server.address=" + registry.address(),
                        "server.port=" + BenchPorts.HTTP,
                        "management.server.address=" + registry.address(),
                        "management.server.port=" + BenchPorts.ACTUATOR));
        workerNames().forEach(this::startWorker);
        gatewayNames().forEach(this::startGateway);
        awaitWhole();
    }

    void startGateway(String name) {
        Host host = hosts.host(name);
        String address = host.address();
        pages.computeIfAbsent(name, key -> new AdminPages(host, PASSWORD));
        String listeners = "fairlead.gateway.listeners.";
        List<String> settings = new ArrayList<>(List.of(
                "fairlead.name=" + name,
                "fairlead.registries=" + registry(),
                "fairlead.gateway.bind-address=" + address,
                "fairlead.gateway.discovery.view-file=" + folder.resolve(name + "-view.json"),
                "server.address=" + address,
                "server.port=" + BenchPorts.HTTP,
                "management.server.address=" + address,
                "management.server.port=" + BenchPorts.ACTUATOR,
                listeners + "native.port=" + CrashPorts.NATIVE,
                listeners + "lines.enabled=false",
                listeners + "iso8583.enabled=false",
                listeners + "mllp.enabled=false",
                listeners + "wards.port=" + CrashPorts.MLLP,
                listeners + "wards.framing=mllp",
                listeners + "wards.dialect=hl7",
                listeners + "wards.send=crash/admit",
                listeners + "wards.keys.idempotency=hl7",
                listeners + "wards.keys.ordering=hl7:PID-3",
                listeners + "advices.port=" + CrashPorts.ISO8583,
                listeners + "advices.framing=length2",
                listeners + "advices.dialect=iso8583",
                listeners + "advices.send=crash-cards/advise",
                listeners + "advices.keys.idempotency=iso8583",
                listeners + "advices.keys.ordering=iso8583:37"));
        settings.addAll(stores.journal(name));
        settings.addAll(gatewaySettings);
        start(name, Programs.jar("gateway-service", "fairlead-gateway", settings.toArray(String[]::new)));
        wires.computeIfAbsent(
                name, key -> new CutProxy(front(name), host, CrashPorts.NATIVE, CrashPorts.MLLP, CrashPorts.ISO8583));
    }

    void startWorker(String name) {
        Host host = hosts.host(name);
        wires.computeIfAbsent(name, key -> new CutProxy(front(name), host, BenchPorts.WORKER));
        List<String> settings = new ArrayList<>(List.of(
                "--fairlead.name=" + name,
                "--fairlead.registries=" + registry(),
                "--fairlead.worker.bind-address=" + host.address(),
                "--fairlead.worker.port=" + BenchPorts.WORKER,
                "--fairlead.worker.advertised-host=" + front(name).address(),
                // A repeated advice differs in the repeat digit of its message type.
                "--fairlead.inbox.fingerprint.crash-cards=iso8583",
                "--spring.main.banner-mode=off",
                "--spring.main.web-application-type=none"));
        stores.inbox(name).forEach(setting -> settings.add("--" + setting));
        start(name, Programs.ofTests(EffectsWorker.class, settings.toArray(String[]::new)));
    }

    /// Settings for gateways that are started from now on.
    void gatewaySettings(String... settings) {
        gatewaySettings.addAll(List.of(settings));
    }

    private Host front(String name) {
        return hosts.host(name + "-front");
    }

    /// Where clients reach a gateway.
    String address(String gateway) {
        return front(gateway).address();
    }

    private String registry() {
        return hosts.host(REGISTRY).address() + ":" + BenchPorts.REGISTRY;
    }

    private void start(String name, List<String> program) {
        Map<String, String> environment =
                new LinkedHashMap<>(Map.of("FAIRLEAD_SECRET", SECRET, "FAIRLEAD_ADMIN_PASSWORD", PASSWORD));
        environment.putAll(environments.getOrDefault(name, Map.of()));
        processes.put(
                name, NodeProcess.start(hosts.host(name), name, folder.resolve(name + ".log"), program, environment));
    }

    NodeProcess process(String name) {
        NodeProcess process = processes.get(name);
        if (process == null) {
            throw new IllegalArgumentException("process: " + name + " (expected: one of " + processes.keySet() + ")");
        }
        return process;
    }

    /// The way to a gateway or to a worker.
    CutProxy wire(String name) {
        CutProxy wire = wires.get(name);
        if (wire == null) {
            throw new IllegalArgumentException("wire: " + name + " (expected: one of " + wires.keySet() + ")");
        }
        return wire;
    }

    /// Waits until each gateway has links to all workers.
    void awaitWhole() {
        await("each gateway has links to all workers")
                .atMost(WHOLE_LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .failFast(this::assertAlive)
                .until(() -> gatewayNames().stream().allMatch(this::isWhole));
    }

    private boolean isWhole(String gateway) {
        try {
            return pages(gateway).usable().keySet().containsAll(workerNames());
        } catch (IOException e) {
            return false;
        }
    }

    void assertAlive() {
        processes.forEach((name, process) -> {
            if (!process.isAlive()) {
                throw new IllegalStateException(name + " has ended\n" + process.logTail());
            }
        });
    }

    AdminPages pages(String gateway) {
        AdminPages view = pages.get(gateway);
        if (view == null) {
            throw new IllegalArgumentException("gateway: " + gateway + " (expected: one of " + pages.keySet() + ")");
        }
        return view;
    }

    /// The books of one gateway, which are those of all where they share a journal.
    ///
    /// @throws IOException while it does not answer
    List<BindingBooks> books(String gateway) throws IOException {
        List<BindingBooks> books = new ArrayList<>();
        JsonNode page = pages(gateway).get("books");
        if (!page.path("trouble").isNull()) {
            // Then they are older ones.
            throw new IOException("books of " + gateway + ": " + page.path("trouble"));
        }
        for (JsonNode row : page.get("books")) {
            books.add(new BindingBooks(
                    gateway + " " + row.path("listener").asString() + " → "
                            + row.path("service").asString() + "/"
                            + row.path("method").asString(),
                    number(row, "accepted"),
                    number(row, "done"),
                    number(row, "dead"),
                    number(row, "quarantined"),
                    number(row, "expired"),
                    number(row, "dropped"),
                    number(row, "damaged"),
                    number(row, "inFlight")));
        }
        return books;
    }

    private static long number(JsonNode row, String field) {
        @Nullable JsonNode value = row.get(field);
        if (value == null) {
            throw new IllegalStateException("books: " + row + " (expected: a field " + field + ")");
        }
        return value.asLong();
    }

    /// The books of the whole fleet.
    ///
    /// @throws IOException while one that has books of its own does not answer
    List<BindingBooks> books() throws IOException {
        List<BindingBooks> books = new ArrayList<>();
        for (String gateway : stores.isShared() ? gatewayNames().subList(0, 1) : gatewayNames()) {
            books.addAll(books(gateway));
        }
        return books;
    }

    /// The ends of all logs.
    String logTails() {
        return String.join(
                "\n", processes.values().stream().map(NodeProcess::logTail).toList());
    }

    @Override
    public void close() {
        processes.values().forEach(NodeProcess::kill);
        wires.values().forEach(CutProxy::close);
        hosts.close();
    }
}
