package io.fairlead.systemtests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.command.InspectContainerResponse;
import io.fairlead.systemtests.nodes.Folders;
import io.fairlead.test.ContainerTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// What `docker compose up` starts, under the traffic of `./fairlead demo` through the published ports, while
/// containers are killed, paused, cut off and restarted.
@ContainerTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ComposeIT {
    private static final String GATEWAYS = ComposeSuite.ADDRESS + ":7400," + ComposeSuite.ADDRESS + ":7410";
    private static final List<String> SERVICES =
            List.of("registry-1-1", "registry-2-1", "gateway-1-1", "gateway-2-1", "worker-1", "worker-2", "worker-3");
    private static final Duration TRAFFIC = Duration.ofSeconds(15);

    /// Enough for a gateway and a worker to leave and come back one after the other.
    private static final Duration LONG_TRAFFIC = Duration.ofSeconds(60);

    private final ComposeSuite suite = new ComposeSuite();

    @BeforeAll
    void start() {
        Folders.empty(Folders.target("compose"));
        suite.start();
    }

    @AfterAll
    void end() {
        suite.close();
    }

    @AfterEach
    void awaitAllHealthy() {
        for (String service : SERVICES) {
            await(service + " is healthy").atMost(Duration.ofMinutes(2)).until(() -> suite.isSteadilyHealthy(service));
        }
    }

    @Test
    void theDemonstrationRunsInTheNetworkOfTheSuite() {
        assertThat(suite.compose("run", "--rm", "-T", "demo", "demo", "--traffic", "5s"))
                .contains("VERDICT: every message got its own right answer.");
        assertThat(suite.compose("run", "--rm", "-T", "cli", "books")).contains("The books balance.");
    }

    @Test
    void killedWorkersAndGatewaysLoseNothing() throws Exception {
        JsonNode report;
        try {
            report = underTraffic(TRAFFIC, demo -> {
                suite.kill("worker-2");
                demo.awaitTraffic(50);
                suite.kill("gateway-1-1");
            });
        } finally {
            suite.startAgain("gateway-1-1");
            suite.startAgain("worker-2");
        }

        assertThat(StreamSupport.stream(report.get("lines").spliterator(), false)
                        .map(line -> line.get("protocol").asString()))
                .contains("HL7 (mllp)", "ISO 8583 (length2)", "lines (lf)", "native", "durable (send)");
        assertThat(report.at("/books/lost").asLong()).isZero();
        assertThat(report.at("/books/inFlight").asLong()).isZero();
        assertThat(report.at("/books/done").asLong()).isPositive();
        assertThat(report.get("reconnects").asLong())
                .as("the gateway died under load")
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pause", "cut"})
    void silentWorkersLoseNothing(String how) throws Exception {
        underTraffic(TRAFFIC, demo -> {
            if (how.equals("pause")) {
                suite.pause("worker-1");
            } else {
                suite.disconnect("worker-1");
            }
            try {
                demo.awaitTraffic(60);
            } finally {
                if (how.equals("pause")) {
                    suite.unpause("worker-1");
                } else {
                    suite.reconnect("worker-1");
                }
            }
        });
    }

    @Test
    void restartsUnderLoadAreNotNoticedByNativeClients() throws Exception {
        JsonNode report = underTraffic(LONG_TRAFFIC, demo -> {
            suite.restart("gateway-2-1");
            suite.restart("worker-3");
        });

        assertThat(report.get("reconnects").asLong())
                .as("the gateway left while traffic ran")
                .isPositive();
        for (JsonNode line : report.get("lines")) {
            assertThat(line.get("unknown").asLong()).as("%s", line).isZero();
            if (line.get("protocol").asString().equals("native")) {
                assertThat(line.get("repeated").asLong()).as("%s", line).isZero();
            }
        }
    }

    @Test
    void containersSayThatTheyAreUnhealthyWhenTheyWantNoMoreTraffic() {
        suite.admin("POST", 8090, "/admin/drain");
        try {
            await("gateway-2 drains").atMost(Duration.ofMinutes(1)).until(() -> !suite.isHealthy("gateway-2-1"));
        } finally {
            suite.restart("gateway-2-1");
        }
    }

    @Test
    void noServiceRunsAsRootOrWithASecretInItsEnvironment() {
        String password = suite.adminPassword();
        String secret = suite.run("worker-1", "cat", "/run/secrets/link/fairlead.secret");
        assertThat(List.of(password, secret))
                .allSatisfy(value -> assertThat(value).hasSizeGreaterThan(20));
        for (String service : SERVICES) {
            InspectContainerResponse container = suite.inspect(service);
            assertThat(container.getConfig().getUser()).as(service).isEqualTo("10001:10001");
            assertThat(container.getHostConfig().getReadonlyRootfs())
                    .as(service)
                    .isTrue();
            assertThat(container.getConfig().getEnv())
                    .as(service)
                    .noneMatch(variable ->
                            variable.contains(password) || variable.contains(secret) || variable.contains("PASSWORD="));
        }
        assertThat(suite.run("worker-1", "ls", "/run/secrets")).doesNotContain("admin", "journal");
    }

    @Test
    void workersCanBeAdded() {
        suite.compose("up", "--detach", "--no-build", "--wait", "--scale", "worker=4");
        try {
            await("all four are listed").atMost(Duration.ofSeconds(30)).until(() -> listedWorkers() == 4);
        } finally {
            suite.compose("up", "--detach", "--no-build", "--wait", "--scale", "worker=3");
        }
        await("the fourth has left").atMost(Duration.ofSeconds(30)).until(() -> listedWorkers() == 3);
    }

    @Test
    void prometheusScrapesAllAndTheDashboardHasSomethingToShow() {
        suite.compose("--profile", "observability", "up", "--detach", "--no-build", "--wait", "prometheus");
        suite.compose("run", "--rm", "-T", "demo", "demo", "--traffic", "5s");
        Prometheus prometheus = new Prometheus("http://" + ComposeSuite.ADDRESS + ":9090");

        await("all are scraped")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(prometheus.targetsUp())
                        .containsExactlyInAnyOrderEntriesOf(
                                Map.of("gateway", 2L, "registry", 2L, "worker", 3L, "prometheus", 1L)));
        await("every panel has series")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(Dashboard.read().expressions())
                        .allSatisfy(expression -> assertThat(prometheus.series(expression.text()))
                                .as("%s", expression)
                                .isPositive()));
        assertThat(prometheus.brokenRules()).isEmpty();
    }

    private int listedWorkers() {
        return suite.admin("GET", 8081, "/admin/instances").size();
    }

    private interface Fault {
        void on(DemoRun demo) throws Exception;
    }

    private JsonNode underTraffic(Duration traffic, Fault fault) throws Exception {
        try (DemoRun demo = new DemoRun(GATEWAYS, suite.adminPassword(), traffic)) {
            demo.awaitTraffic(15);
            fault.on(demo);
            return demo.awaitGoodEnd();
        } catch (Exception | AssertionError e) {
            System.err.println(suite.logTails());
            throw e;
        }
    }
}
