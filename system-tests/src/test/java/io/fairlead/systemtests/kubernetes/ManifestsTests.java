package io.fairlead.systemtests.kubernetes;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.convert.DurationStyle;

/// What kustomize makes of `k8s`, without a cluster.
class ManifestsTests {
    private static final Path PROJECT = Kustomize.ROOT.resolveSibling("").toAbsolutePath();

    private static Map<String, Set<String>> secrets = Map.of();
    private static String production = "";

    @TempDir
    private Path folder;

    @BeforeAll
    static void needKustomize(@TempDir Path folder) {
        Kustomize.need();
        production = Kustomize.yaml("production");
        secrets = new CreateSecrets(folder)
                .run().entrySet().stream()
                        .collect(toMap(
                                Map.Entry::getKey, secret -> secret.getValue().keySet()));
    }

    static List<String> overlays() {
        return Kustomize.folders("overlays");
    }

    static List<String> components() {
        return Kustomize.folders("components");
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void anOverlayIsWhatTheApiTakesAndFitsTogether(String overlay) {
        assertThat(ManifestRules.check(Kustomize.overlay(overlay), secrets)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("components")
    void productionWithAComponentIsToo(String component) {
        assertThat(ManifestRules.check(production(component), secrets)).isEmpty();
    }

    private List<Manifest> production(String component) {
        String zone = component.equals("zone") ? "configMapGenerator: [{name: zone, literals: [zone=here]}]" : "";
        return Kustomize.overlayWith("production", component, folder, zone);
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void podsAreGivenMoreTimeToEndThanTheyTake(String overlay) throws IOException {
        List<Manifest> manifests = Kustomize.overlay(overlay);
        String gatewaySettings =
                Files.readString(PROJECT.resolve("gateway-service/src/main/resources/application.yml"));
        MatchResult phase = Pattern.compile("timeout-per-shutdown-phase: (\\S+)")
                .matcher(gatewaySettings)
                .results()
                .findFirst()
                .orElseThrow();
        for (Workload workload : Workload.of(manifests)) {
            Map<String, String> environment = ManifestRules.environment(workload, manifests);
            Duration grace = Duration.ofSeconds(workload.pod().getTerminationGracePeriodSeconds());
            switch (workload.name()) {
                case "gateway" -> {
                    Duration delay = duration(environment.get("FAIRLEAD_GATEWAY_DRAIN_DELAY"));
                    Duration drain = duration(environment.get("FAIRLEAD_GATEWAY_DRAIN_TIMEOUT"));
                    assertThat(delay).isPositive();
                    assertThat(delay.plus(drain)).isLessThan(duration(phase.group(1)));
                    // Once for connections, once for messages that are being delivered.
                    assertThat(grace).isGreaterThan(delay.plus(drain.multipliedBy(2)));
                }
                case "worker" ->
                    assertThat(grace).isGreaterThan(duration(environment.get("FAIRLEAD_WORKER_DRAIN_TIMEOUT")));
                default -> assertThat(grace).isGreaterThan(Duration.ofSeconds(10));
            }
        }
    }

    private static Duration duration(String text) {
        return DurationStyle.detectAndParse(text);
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void imagesAreThoseOfComposeAndOfThisVersion(String overlay) throws IOException {
        Set<String> images = Workload.of(Kustomize.overlay(overlay)).stream()
                .flatMap(workload -> workload.pod().getContainers().stream())
                .map(Container::getImage)
                .collect(Collectors.toSet());
        String version = System.getProperty("fairlead.version");
        assertThat(images)
                .contains("fairlead/registry:" + version, "fairlead/gateway:" + version, "fairlead/worker:" + version);
        Set<String> composed = Pattern.compile("(?m)^\\s*image: (\\S+)")
                .matcher(Files.readString(PROJECT.resolve("docker-compose.yml")))
                .results()
                .map(match -> match.group(1).replaceFirst("\\$\\{\\w+:-([^}]*)}", "$1"))
                .collect(Collectors.toSet());
        assertThat(composed).containsAll(images);
    }

    @Test
    void theOverlayThatTheReadmeShowsIsBuilt(@TempDir Path folder) throws IOException {
        Matcher yaml =
                Pattern.compile("(?s)```yaml\n(.*?)```").matcher(Files.readString(Kustomize.ROOT.resolve("README.md")));
        assertThat(yaml.find()).isTrue();
        String path =
                folder.toRealPath().relativize(Kustomize.ROOT.toRealPath()).toString();

        List<Manifest> manifests = Kustomize.kustomization(folder, yaml.group(1).replace("../k8s", path));

        assertThat(Workload.of(manifests))
                .flatExtracting(workload -> workload.pod().getContainers())
                .extracting(Container::getImage)
                .contains("registry.example.com/fairlead/gateway:0.1.0");
        assertThat(manifests)
                .extracting(manifest -> manifest.object().toString())
                .anyMatch(text -> text.contains("jdbc:postgresql://db.internal/journal"));
    }

    @Test
    void imagesAreLabelledWithThisVersion() throws IOException {
        assertThat(Files.readAllLines(PROJECT.resolve("Dockerfile")).stream()
                        .filter(line -> line.contains("image.version")))
                .isNotEmpty()
                .allMatch(line -> line.contains("\"" + System.getProperty("fairlead.version") + "\""));
    }

    @Test
    void aServiceMonitorFindsTheServiceThatListsAllPods() {
        List<Manifest> manifests = production("service-monitor");
        Service service = manifests.stream()
                .filter(manifest -> manifest.title().equals("Service actuator"))
                .map(manifest -> (Service) manifest.object())
                .findFirst()
                .orElseThrow();
        GenericKubernetesResource monitor = manifests.stream()
                .filter(manifest -> manifest.kind().equals("ServiceMonitor"))
                .map(manifest -> (GenericKubernetesResource) manifest.object())
                .findFirst()
                .orElseThrow();
        assertThat(monitor.getAdditionalProperties()).containsOnlyKeys("spec");
        assertThat(monitor.<Object>get("spec"))
                .isEqualTo(Map.of(
                        "selector",
                        Map.of(
                                "matchLabels",
                                Map.of(
                                        "app.kubernetes.io/name", "fairlead",
                                        "app.kubernetes.io/component", "actuator")),
                        "endpoints",
                        List.of(Map.of(
                                "port",
                                "actuator",
                                "path",
                                "/actuator/prometheus",
                                "interval",
                                "15s",
                                "relabelings",
                                List.of(
                                        Map.of(
                                                "sourceLabels",
                                                List.of("__meta_kubernetes_pod_label_app_kubernetes_io_component"),
                                                "targetLabel",
                                                "job"),
                                        Map.of("action", "labeldrop", "regex", "service"))))));
        assertThat(service.getMetadata().getLabels())
                .containsEntry("app.kubernetes.io/name", "fairlead")
                .containsEntry("app.kubernetes.io/component", "actuator");
        assertThat(Workload.of(manifests))
                .hasSize(3)
                .allMatch(workload -> workload.isSelectedBy(service.getSpec().getSelector()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            replicas: 1           | replica: 1             | .spec.replica: the API has no such field
            runAsUser: 10001      | runAsUsr: 10001        | .securityContext.runAsUsr: the API has no such field
            minReadySeconds: 10   | minReadySeconds: '10'  | spec.minReadySeconds: '10' is understood as 10
            runAsNonRoot: true    | runAsNonRoot: 'true'   | runAsNonRoot: 'true' is understood as true
            mountPath: /tmp       | mountPath: 7           | mountPath: 7 is understood as '7'
            cpu: "2"              | cpu: 2                 | .limits.cpu: 2 is understood as '2'
            minReadySeconds: 10   | minReadySeconds: [10]  | apps/v1/StatefulSet gateway:
            kind: StatefulSet     | kind: StatefulSets     | apps/v1/StatefulSets: the API has no such kind
            apiVersion: apps/v1   | apiVersion: apps/v2    | apps/v2/StatefulSet: the API has no such kind
            podManagementPolicy   | minReadySeconds        | duplicate key
            """)
    void whatAnApiServerWouldRefuseIsRefused(String good, String bad, String fault) throws IOException {
        String gateway = Stream.of(Files.readString(Kustomize.ROOT.resolve("base/gateway.yaml"))
                        .split("---\n"))
                .filter(document -> document.contains("kind: StatefulSet"))
                .findFirst()
                .orElseThrow();
        assertThat(gateway).contains(good);
        assertThat(Manifest.parse(gateway)).hasSize(1);
        assertThatThrownBy(() -> Manifest.parse(gateway.replace(good, bad))).hasMessageContaining(fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            targetPort: mllp                | targetPort: hl7                 | Service gateway: targetPort hl7
            name: mllp                      | name: hl7                       | NetworkPolicy clients: port mllp
            serviceName: registry           | serviceName: registries         | serviceName registries
            serviceAccountName: worker      | serviceAccountName: default     | ServiceAccount default
            secretName: fairlead-link       | secretName: links               | Secret links
            mountPath: /tmp                 | mountPath: /temp                | a volume at /tmp
            path: /actuator/health/liveness | path: /health                   | the health group liveness
            port: actuator                  | port: health                    | port health
            runAsNonRoot: true              | runAsNonRoot: false             | runAsNonRoot: true
            readOnlyRootFilesystem: true    | readOnlyRootFilesystem: false   | readOnlyRootFilesystem: true
            memory: 768Mi                   | cpus: 768Mi                     | a limit for memory
            kind: ConfigMap                 | kind: Secret                    | no secrets in files
            enforce: restricted             | enforce: baseline               | pod-security
            kind: Deployment\\n    name: worker | kind: Deployment\\n    name: workers | Deployment workers (expected: to be there)
            jdbc:postgresql:                | jdbc:sqlite:                    | a journal in PostgreSQL
            policyTypes:\\n  - Ingress\\n  - Egress | policyTypes:\\n  - Egress | denies everything
            registry\\n      app.kubernetes.io/name: fairlead\\n  policyTypes | nobody\\n  policyTypes | NetworkPolicy registry
            """)
    void whatDoesNotFitTogetherIsFound(String good, String bad, String fault) {
        String from = good.replace("\\n", "\n");
        assertThat(production.contains(from)).as(from).isTrue();
        List<Manifest> broken = Manifest.parse(production.replace(from, bad.replace("\\n", "\n")));
        List<String> faults = ManifestRules.check(broken, secrets);
        assertThat(faults).isNotEmpty().anyMatch(line -> line.contains(fault));
    }

    @Test
    void createSecretsMakesWhatIsMissingAndShowsNoValue() {
        CreateSecrets script = new CreateSecrets(folder);
        Map<String, Map<String, String>> made = script.run("fairlead-admin");
        assertThat(made).containsOnlyKeys("fairlead-link", "fairlead-journal", "fairlead-database");
        assertThat(made.get("fairlead-link").get("fairlead.secret")).matches("[0-9a-f]{48}");
        assertThat(made.get("fairlead-journal").get("fairlead.gateway.journal.password"))
                .isNotEqualTo(made.get("fairlead-database").get("spring.datasource.password"));
        assertThat(script.arguments()).doesNotContain(made.get("fairlead-link").get("fairlead.secret"));
    }
}
