package io.fairlead.systemtests;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/// Processes that know each other, and nothing else: their ports and names are their own. As an extension of JUnit it
/// shows the ends of their logs when a test fails, and ends them after the class.
final class Cluster
        implements AutoCloseable,
                AfterAllCallback,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler {
    /// Those of the gateway's own settings.
    private static final List<String> DEFAULT_LISTENERS = List.of("native", "lines", "iso8583", "mllp");

    static {
        // Long enough for a machine that has much else to do; whoever waits stops as soon as it is so.
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
        // A page that a busy machine did not bring in time says nothing of what is waited for.
        Awaitility.ignoreExceptionByDefault(Http.NoAnswerException.class);
    }

    private final long began = System.currentTimeMillis();
    private final String name;
    private final List<Integer> registryPorts;
    private final Map<String, ServiceProcess> processes = new LinkedHashMap<>();

    /// @param name of the folder of its logs
    /// @param registries how many there are, running or not
    Cluster(String name, int registries) {
        this.name = name;
        this.registryPorts = Stream.generate(Ports::free).limit(registries).toList();
        try {
            // Of an earlier run of the tests.
            Files.deleteIfExists(viewFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Starts, or starts again, a registry. Returns at once.
    ///
    /// @param number from 0
    ServiceProcess startRegistry(int number) {
        String process = "registry-" + number;
        int http = Ports.free();
        int actuator = Ports.free();
        return add(ServiceProcess.start(
                process,
                log(process),
                http,
                actuator,
                jar("registry-service", "fairlead-registry"),
                List.of(
                        "fairlead.registry.name=" + process,
                        "fairlead.registry.port=" + registryPorts.get(number),
                        "server.port=" + http,
                        "management.server.port=" + actuator)));
    }

    /// Starts a gateway with its default listeners and these. Returns at once.
    ///
    /// @param settings further ones, `name=value`
    Gateway startGateway(List<Listener> listeners, String... settings) {
        int http = Ports.free();
        int actuator = Ports.free();
        Map<String, Integer> ports = new LinkedHashMap<>();
        List<String> properties = new ArrayList<>(List.of(
                "fairlead.name=gateway",
                "fairlead.registries=" + registries(),
                "fairlead.gateway.discovery.view-file=" + viewFile(),
                "fairlead.gateway.journal.url=jdbc:sqlite:" + data("journal.db"),
                "server.port=" + http,
                "management.server.port=" + actuator));
        properties.addAll(List.of(settings));
        Stream.concat(DEFAULT_LISTENERS.stream().map(each -> new Listener(each, List.of())), listeners.stream())
                .forEach(listener -> {
                    String prefix = "fairlead.gateway.listeners." + listener.name() + ".";
                    int port = Ports.free();
                    ports.put(listener.name(), port);
                    properties.add(prefix + "port=" + port);
                    listener.settings().forEach(setting -> properties.add(prefix + setting));
                });
        ServiceProcess process = add(ServiceProcess.start(
                "gateway", log("gateway"), http, actuator, jar("gateway-service", "fairlead-gateway"), properties));
        return new Gateway(process, ports);
    }

    /// Starts, or starts again, a reference worker. Returns at once.
    ServiceProcess startWorker(String worker) {
        int actuator = Ports.free();
        return add(ServiceProcess.start(
                worker,
                log(worker),
                0,
                actuator,
                jar("worker-service", "fairlead-worker"),
                List.of(
                        "fairlead.name=" + worker,
                        "fairlead.registries=" + registries(),
                        "fairlead.worker.port=0",
                        "fairlead.inbox.file=" + data("inbox.db"),
                        "management.server.port=" + actuator)));
    }

    /// Starts a [RendezvousWorker]. Returns at once; it has no HTTP port.
    ServiceProcess startRendezvousWorker() {
        String worker = "rendezvous";
        return add(ServiceProcess.start(
                worker,
                log(worker),
                0,
                0,
                List.of("-cp", System.getProperty("java.class.path"), RendezvousWorker.class.getName()),
                List.of(
                        "fairlead.name=" + worker,
                        "fairlead.registries=" + registries(),
                        "fairlead.worker.port=0",
                        "spring.main.banner-mode=off")));
    }

    /// Waits until a gateway has a link to a worker.
    static void awaitConnected(Gateway gateway, String worker) {
        await(gateway.process().name() + " is connected to " + worker)
                .atMost(Duration.ofSeconds(90))
                .until(() -> gateway.isConnectedTo(worker));
    }

    private String registries() {
        return String.join(
                ",", registryPorts.stream().map(port -> "127.0.0.1:" + port).toList());
    }

    private ServiceProcess add(ServiceProcess process) {
        processes.put(process.name(), process);
        return process;
    }

    /// The folder of the whole build.
    static Path root() {
        return Path.of(System.getProperty("fairlead.root")).normalize();
    }

    /// A file that the processes of this cluster keep data in, and no other cluster, also not one of an earlier run.
    private Path data(String file) {
        return log(file).resolveSibling("data-" + began).resolve(file);
    }

    /// Where the gateway keeps the last known view of the fleet.
    Path viewFile() {
        return log("gateway").resolveSibling("gateway-view.json");
    }

    private Path log(String process) {
        return root().resolve(Path.of("system-tests", "target", "processes", name, process + ".log"));
    }

    private static List<String> jar(String module, String artifact) {
        Path jar = root().resolve(Path.of(
                module, "target", artifact + "-" + System.getProperty("fairlead.version") + "-app.jar"));
        if (!Files.isRegularFile(jar)) {
            throw new UncheckedIOException(
                    new IOException(jar + " is missing: run mvn verify with -am, or in the root folder"));
        }
        return List.of("-jar", jar.toString());
    }

    /// The ends of all logs.
    String logTails() {
        return String.join(
                "\n", processes.values().stream().map(ServiceProcess::logTail).toList());
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        System.err.println(context.getDisplayName() + " failed\n" + logTails());
        throw failure;
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        handleTestExecutionException(context, failure);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    @Override
    public void close() {
        processes.values().forEach(ServiceProcess::close);
    }
}
