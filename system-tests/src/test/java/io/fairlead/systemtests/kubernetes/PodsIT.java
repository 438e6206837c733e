package io.fairlead.systemtests.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.outcome.OutcomeState;
import io.fairlead.systemtests.kubernetes.DockerPod.ProbePlan;
import io.fairlead.systemtests.kubernetes.DockerPod.Volume;
import io.fairlead.systemtests.nodes.AdminPages;
import io.fairlead.systemtests.nodes.BenchPorts;
import io.fairlead.systemtests.nodes.Host;
import io.fairlead.test.ContainerTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The pods of the manifests, each container started by Docker exactly as its manifest says.
@ContainerTest(images = {"fairlead/registry", "fairlead/gateway", "fairlead/worker", "postgres:17"})
class PodsIT {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String ZONE = "topology.kubernetes.io/zone";

    @BeforeAll
    static void needKustomize() {
        Kustomize.need();
    }

    /// @param zone that the node has a label for, as from Kubernetes 1.35 on; empty before
    @ParameterizedTest
    @CsvSource({"dev, '', SQLite", "production, here, PostgreSQL"})
    void podsStartAsTheManifestsSayAndCarryMessages(String overlay, String zone, String journal, @TempDir Path folder)
            throws IOException {
        PodPlan plan = new PodPlan(Kustomize.overlay(overlay));
        Map<String, Map<String, String>> secrets = new CreateSecrets(folder).run();
        try (PodNetwork network = PodNetwork.create("fairlead-" + overlay)) {
            List<DockerPod> pods = plan.pods(secrets, zone.isEmpty() ? Map.of() : Map.of(ZONE, zone), network::address);
            try {
                databases(plan, pods, secrets, network).forEach(database -> {
                    network.start(database);
                    network.awaitProbe(database, "startupProbe");
                });
                List<DockerPod> suite = pods.stream()
                        .filter(pod -> !pod.component().equals("database"))
                        .toList();
                suite.forEach(network::start);
                for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                    suite.forEach(pod -> network.awaitProbe(pod, probe));
                }
                List<DockerPod> gateways = of(suite, "gateway");
                List<DockerPod> workers = of(suite, "worker");
                for (DockerPod gateway : gateways) {
                    knowsTheWorkers(gateway, workers, secrets, zone, journal);
                    carriesMessages(gateway);
                }
                metersAreThere(network, suite);
                endsInTime(network, gateways, "readiness is off, ports close in 5000 ms");
                endsInTime(network, workers, "for at most PT20S");
            } catch (Throwable e) {
                System.err.println(network.logs());
                throw e;
            }
        }
    }

    private static List<DockerPod> of(List<DockerPod> pods, String component) {
        return pods.stream().filter(pod -> pod.component().equals(component)).toList();
    }

    /// Those of the manifests; where there are none, the one outside of the cluster that their settings name, with the
    /// databases that README.md asks for.
    private static List<DockerPod> databases(
            PodPlan plan, List<DockerPod> pods, Map<String, Map<String, String>> secrets, PodNetwork network) {
        List<DockerPod> inside = of(pods, "database");
        if (!inside.isEmpty()) {
            return inside;
        }
        Stream<String> options = plan.configMaps().values().stream()
                .flatMap(map -> map.values().stream())
                .filter(value -> value.startsWith("jdbc:postgresql://"))
                .map(url -> url.replaceFirst("jdbc:postgresql://([^:/]+).*", "$1"))
                .distinct()
                .flatMap(host -> Stream.of("--network-alias", host));
        String ip = network.address();
        Path scripts = Kustomize.ROOT.resolveSibling("docker/postgres").toAbsolutePath();
        return List.of(new DockerPod(
                        "external-postgres",
                        "database",
                        ip,
                        "postgres:17",
                        List.of(
                                "--ip", ip,
                                "--env", "POSTGRES_PASSWORD=for-this-test",
                                "--volume", scripts + ":/docker-entrypoint-initdb.d:ro",
                                "--volume", "external-journal:/run/secrets/journal:ro",
                                "--volume", "external-database:/run/secrets/database:ro"),
                        List.of(),
                        List.of(
                                new Volume("external-journal", 999, secrets.get("fairlead-journal"), 0444),
                                new Volume("external-database", 999, secrets.get("fairlead-database"), 0444)),
                        Map.of(
                                "startupProbe",
                                new ProbePlan("", 0, List.of("pg_isready", "-q", "-h", "127.0.0.1"), 600)))
                .with(options.toList()));
    }

    private static void knowsTheWorkers(
            DockerPod gateway,
            List<DockerPod> workers,
            Map<String, Map<String, String>> secrets,
            String zone,
            String journal)
            throws IOException {
        AdminPages pages = new AdminPages(
                new Host(gateway.name(), gateway.ip(), List.of()),
                secrets.get("fairlead-admin").get("fairlead.admin.password"));
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(pages.usable())
                        .containsOnlyKeys(workers.stream().map(DockerPod::name).toList()));
        for (JsonNode upstream : pages.get("upstreams")) {
            assertThat(upstream.get("zone").asString()).isEqualTo(zone);
        }
        assertThat(pages.health().at("/components/journal/details/store").asString())
                .contains(journal);
    }

    private static void carriesMessages(DockerPod gateway) throws IOException {
        try (FairleadClient client = FairleadClient.connect(gateway.ip() + ":" + BenchPorts.NATIVE)) {
            assertThat(client.call("echo/upper", "hello".getBytes(UTF_8))).isEqualTo("HELLO".getBytes(UTF_8));
            String key = "order-of-" + gateway.name();
            client.send(
                    "orders/place",
                    "{\"item\":\"tea\",\"quantity\":2}".getBytes(UTF_8),
                    CallOptions.DEFAULTS.withIdempotencyKey(key));
            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(client.outcome("orders", key).state()).isEqualTo(OutcomeState.DONE));
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(gateway.ip(), BenchPorts.LINE_READ), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write("hello\n".getBytes(UTF_8));
            assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine())
                    .isEqualTo("HELLO");
        }
    }

    /// What the component in-flight scales by.
    private static void metersAreThere(PodNetwork network, List<DockerPod> suite) throws IOException {
        for (DockerPod pod : suite) {
            int actuator = pod.probes().get("livenessProbe").port();
            assertThat(network.get(pod, actuator, "/actuator/prometheus").body())
                    .contains(
                            switch (pod.component()) {
                                case "gateway" -> "\nfairlead_calls_in_flight{";
                                case "worker" -> "\nfairlead_worker_in_flight{";
                                default -> "\njvm_";
                            });
        }
    }

    /// By itself, and not by the kill that comes after the grace period.
    ///
    /// @param line of its log, by which it shows that its settings have reached it
    private static void endsInTime(PodNetwork network, List<DockerPod> pods, String line) {
        List<Integer> exits = pods.parallelStream().map(network::stop).toList();
        assertThat(exits).containsOnly(128 + 15);
        pods.forEach(pod -> assertThat(network.log(pod)).contains(line));
    }
}
