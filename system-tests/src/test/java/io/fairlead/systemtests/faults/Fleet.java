package io.fairlead.systemtests.faults;

import static org.awaitility.Awaitility.await;

import io.fairlead.systemtests.nodes.AdminPages;
import io.fairlead.systemtests.nodes.BenchPorts;
import io.fairlead.systemtests.nodes.Host;
import io.fairlead.systemtests.nodes.Hosts;
import io.fairlead.systemtests.nodes.NodeProcess;
import io.fairlead.systemtests.nodes.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Registries, gateways, [LedgerWorker]s and the [ClientProgram], each on a host of its own. Not thread-safe.
final class Fleet implements AutoCloseable {
    static final int REGISTRIES = 2;
    static final int GATEWAYS = 2;
    static final int WORKERS = 4;

    /// The worker that the gateways reach through the [DelayProxy].
    static final int PROXIED_WORKER = WORKERS - 1;

    static final String CLIENTS = "clients";
    static final String PROXY = "proxy";

    private static final Duration START_LIMIT = Duration.ofSeconds(300);
    private static final int WARM_REPLIES = 3;
    private static final String SECRET = "a secret of the fault bench alone";
    private static final String PASSWORD = "a password of the fault bench alone";

    private final Hosts hosts;
    private final Path folder;
    private final boolean proxied;
    private final Map<String, NodeProcess> processes = new LinkedHashMap<>();
    private final List<NodeProcess> replaced = new ArrayList<>();
    private final Map<String, AdminPages> views = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> environments = new LinkedHashMap<>();

    /// @param folder for logs and journals
    /// @param proxied whether the last worker is reached through a [DelayProxy]
    Fleet(Hosts hosts, Path folder, boolean proxied) {
        this.hosts = hosts;
        this.folder = folder;
        this.proxied = proxied;
    }

    /// The hosts that a fleet wants.
    static List<String> hostNames() {
        return Stream.of(
                        registryNames().stream(),
                        gatewayNames().stream(),
                        workerNames().stream(),
                        Stream.of(CLIENTS, PROXY))
                .flatMap(each -> each)
                .toList();
    }

    static List<String> gatewayNames() {
        return names("gateway", GATEWAYS);
    }

    static List<String> workerNames() {
        return names("worker", WORKERS);
    }

    static List<String> registryNames() {
        return names("registry", REGISTRIES);
    }

    private static List<String> names(String role, int count) {
        return IntStream.range(0, count).mapToObj(i -> role + "-" + i).toList();
    }

    /// Adds variables to the environment in which a process is started from now on.
    void environment(String process, Map<String, String> variables) {
        environments.put(process, variables);
    }

    /// Starts everything but the clients and waits until each gateway has links to all workers.
    void start() {
        registryNames().forEach(this::startRegistry);
        if (proxied) {
            Host worker = hosts.host("worker-" + PROXIED_WORKER);
            Host proxy = hosts.host(PROXY);
            start(PROXY, Programs.ofTests(DelayProxy.class, proxy.address(), worker.address(), "" + BenchPorts.WORKER));
        }
        gatewayNames().forEach(this::startGateway);
        workerNames().forEach(this::startWorker);
        awaitWhole();
    }

    void startRegistry(String name) {
        Host host = hosts.host(name);
        String address = host.address();
        views.computeIfAbsent(name, key -> new AdminPages(host, PASSWORD));
        start(
                name,
                Programs.jar(
                        "registry-service",
                        "fairlead-registry",
                        "fairlead.registry.name=" + name,
                        "fairlead.registry.bind-address=" + address,
                        "fairlead.registry.port=" + BenchPorts.REGISTRY,
                        "fairlead.registry.lease=5s",
                        "fairlead.registry.renew=1s",
                        "server.address=" + address,
                        "server.port=" + BenchPorts.HTTP,
                        "management.server.address=" + address,
                        "management.server.port=" + BenchPorts.ACTUATOR));
    }

    void startGateway(String name) {
        Host host = hosts.host(name);
        String address = host.address();
        views.computeIfAbsent(name, key -> new AdminPages(host, PASSWORD));
        String listeners = "fairlead.gateway.listeners.";
        String timeout = ".timeout=" + Calls.TIMEOUT.toSeconds() + "s";
        start(
                name,
                Programs.jar(
                        "gateway-service",
                        "fairlead-gateway",
                        "fairlead.name=" + name,
                        "fairlead.registries=" + registries(),
                        "fairlead.gateway.bind-address=" + address,
                        "fairlead.gateway.discovery.view-file=" + folder.resolve(name + "-view.json"),
                        "fairlead.gateway.journal.url=jdbc:sqlite:" + folder.resolve(name + "-journal.db"),
                        "server.address=" + address,
                        "server.port=" + BenchPorts.HTTP,
                        "management.server.address=" + address,
                        "management.server.port=" + BenchPorts.ACTUATOR,
                        listeners + "native.port=" + BenchPorts.NATIVE,
                        listeners + "lines.port=" + BenchPorts.LINE_READ,
                        listeners + "lines.call=ledger/read",
                        listeners + "lines" + timeout,
                        listeners + "line-apply.port=" + BenchPorts.LINE_APPLY,
                        listeners + "line-apply.framing=lf",
                        listeners + "line-apply.dialect=text",
                        listeners + "line-apply.call=ledger/apply",
                        listeners + "line-apply" + timeout,
                        listeners + "iso8583.port=" + BenchPorts.ISO8583,
                        listeners + "iso8583" + timeout,
                        listeners + "mllp.enabled=false"));
    }

    void startWorker(String name) {
        String address = hosts.host(name).address();
        boolean behindProxy = proxied && name.equals("worker-" + PROXIED_WORKER);
        start(
                name,
                worker(name, BenchPorts.WORKER, behindProxy ? hosts.host(PROXY).address() : address));
    }

    /// Starts another worker under the name of one that runs, on the same host; that one is handed to the
    /// caller.
    NodeProcess replaceWorker(String name) {
        NodeProcess old = process(name);
        replaced.add(old);
        start(name, worker(name, BenchPorts.WORKER + 1, hosts.host(name).address()));
        return old;
    }

    private List<String> worker(String name, int port, String advertised) {
        return Programs.ofTests(
                LedgerWorker.class,
                "--fairlead.name=" + name,
                "--fairlead.registries=" + registries(),
                "--fairlead.worker.bind-address=" + hosts.host(name).address(),
                "--fairlead.worker.port=" + port,
                "--fairlead.worker.advertised-host=" + advertised,
                "--ledger.journal=" + journal(name),
                "--spring.main.banner-mode=off");
    }

    void startClients() {
        List<String> arguments = new ArrayList<>(List.of(journal(CLIENTS).toString()));
        gatewayNames()
                .forEach(name -> arguments.add(name + "=" + hosts.host(name).address()));
        start(CLIENTS, Programs.ofTests(ClientProgram.class, arguments.toArray(String[]::new)));
    }

    /// Waits until clients of each kind have some right replies: code has been loaded, connections are open.
    void awaitReplies() {
        await("clients of each kind get replies")
                .atMost(START_LIMIT)
                .pollInterval(Duration.ofMillis(250))
                .failFast(this::assertAlive)
                .until(() -> {
                    Map<String, Long> replies = history().calls().stream()
                            .filter(call -> call.end()
                                    .filter(end -> end.outcome() == Outcome.RIGHT)
                                    .isPresent())
                            .collect(Collectors.groupingBy(ClientCall::kind, Collectors.counting()));
                    return replies.size() == ClientProgram.KINDS
                            && replies.values().stream().allMatch(count -> count >= WARM_REPLIES);
                });
    }

    /// Ends the clients in good order: every call has its end.
    void stopClients() {
        process(CLIENTS).order("stop");
        process(CLIENTS).awaitEnd(Calls.TIMEOUT.plusSeconds(15));
    }

    private void start(String name, List<String> program) {
        Map<String, String> environment =
                new LinkedHashMap<>(Map.of("FAIRLEAD_SECRET", SECRET, "FAIRLEAD_ADMIN_PASSWORD", PASSWORD));
        environment.putAll(environments.getOrDefault(name, Map.of()));
        processes.put(
                name, NodeProcess.start(hosts.host(name), name, folder.resolve(name + ".log"), program, environment));
    }

    private String registries() {
        return String.join(
                ",",
                registryNames().stream()
                        .map(name -> hosts.host(name).address() + ":" + BenchPorts.REGISTRY)
                        .toList());
    }

    NodeProcess process(String name) {
        NodeProcess process = processes.get(name);
        if (process == null) {
            throw new IllegalArgumentException("process: " + name + " (expected: one of " + processes.keySet() + ")");
        }
        return process;
    }

    Host host(String name) {
        return hosts.host(name);
    }

    /// @param process a gateway or a registry
    AdminPages view(String process) {
        AdminPages view = views.get(process);
        if (view == null) {
            throw new IllegalArgumentException("process: " + process + " (expected: one of " + views.keySet() + ")");
        }
        return view;
    }

    /// Where a process writes its history.
    Path journal(String process) {
        return folder.resolve(process + ".tsv");
    }

    History history() {
        return History.read(folder);
    }

    /// Waits until each gateway has links to all workers and each registry lists them.
    void awaitWhole() {
        await("each gateway has links to all workers, and each registry lists them")
                .atMost(START_LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .failFast(this::assertAlive)
                .until(() -> gatewayNames().stream().allMatch(this::isWhole)
                        && registryNames().stream().allMatch(this::listsAll));
    }

    private void assertAlive() {
        processes.forEach((name, process) -> {
            if (!process.isAlive()) {
                throw new IllegalStateException(name + " has ended\n" + process.logTail());
            }
        });
    }

    private boolean isWhole(String gateway) {
        try {
            return view(gateway).usable().keySet().containsAll(workerNames());
        } catch (IOException e) {
            return false;
        }
    }

    private boolean listsAll(String registry) {
        try {
            return view(registry).listed().containsAll(workerNames());
        } catch (IOException e) {
            return false;
        }
    }

    /// The ends of all logs.
    String logTails() {
        return String.join(
                "\n", processes.values().stream().map(NodeProcess::logTail).toList());
    }

    @Override
    public void close() {
        processes.values().forEach(NodeProcess::kill);
        replaced.forEach(NodeProcess::kill);
        hosts.close();
    }
}
