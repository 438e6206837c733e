package io.fairlead.registry;

import static io.fairlead.registry.RegistryFixture.call;
import static io.fairlead.registry.RegistryFixture.worker;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.CallClient;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.ServiceOffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RegistryApplicationTests {
    private final RegistryFixture fixture = new RegistryFixture();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() throws Exception {
        http.close();
        fixture.close();
    }

    @Test
    void showsInstancesHealthAndMetrics() throws Exception {
        try (ConfigurableApplicationContext context = run("--fairlead.name=registry-7")) {
            RegistryServer registry = context.getBean(RegistryServer.class);
            CallClient client = fixture.client(registry);
            call(client, RegistryApi.REGISTER, worker("worker-2", 9).changed(0, InstanceState.DRAINING, 100));
            call(
                    client,
                    RegistryApi.REGISTER,
                    new Instance(
                            "worker-1",
                            5,
                            "10.0.0.1",
                            7600,
                            "a",
                            50,
                            8,
                            InstanceState.UP,
                            3,
                            List.of(new ServiceOffer("cards", List.of()))));
            int port = port(context);

            JsonNode all = get(port, "/admin/instances");
            assertThat(all).hasSize(2);
            JsonNode first = all.get(0);
            assertThat(first.propertyNames())
                    .containsExactlyInAnyOrder(
                            "name",
                            "epoch",
                            "revision",
                            "address",
                            "zone",
                            "weight",
                            "capacity",
                            "state",
                            "inFlight",
                            "leaseMillisLeft",
                            "suspect",
                            "services");
            assertThat(first.path("name").asString()).isEqualTo("worker-1");
            assertThat(first.path("address").asString()).isEqualTo("10.0.0.1:7600");
            assertThat(first.path("state").asString()).isEqualTo("UP");
            assertThat(first.path("inFlight").asInt()).isEqualTo(3);
            assertThat(first.path("leaseMillisLeft").asLong()).isBetween(5_000L, 10_000L);
            assertThat(get(port, "/admin/instances?service=echo")).hasSize(1);
            assertThat(get(port, "/admin/instances?service=none")).isEmpty();

            int management = managementPort(context);
            await().untilAsserted(() -> {
                JsonNode health =
                        get(management, "/actuator/health").path("components").path("registry");
                assertThat(health.path("status").asString()).isEqualTo("UP");
                assertThat(health.path("details").path("name").asString()).isEqualTo("registry-7");
                assertThat(health.path("details").path("instances").asInt()).isEqualTo(2);
                assertThat(health.path("details").path("warming").asBoolean()).isTrue();
                assertThat(health.path("details").path("watchers").asInt()).isZero();
            });
            assertThat(get(management, "/actuator/health/readiness")
                            .path("status")
                            .asString())
                    .isEqualTo("UP");
            assertThat(get(management, "/actuator/health/liveness")
                            .path("status")
                            .asString())
                    .isEqualTo("UP");
            assertThat(text(management, "/actuator/prometheus").body())
                    .contains("fairlead_registry_instances{service=\"echo\",state=\"DRAINING\"} 1.0")
                    .contains("fairlead_registry_instances{service=\"cards\",state=\"UP\"} 1.0")
                    .contains("fairlead_registry_watchers 0.0");
            assertThat(text(management, "/actuator/env").statusCode()).isEqualTo(404);

            registry.stop();
            assertThat(text(management, "/actuator/health/readiness").statusCode())
                    .isEqualTo(503);
            assertThat(text(management, "/actuator/health/liveness").statusCode())
                    .isEqualTo(200);
            assertThat(text(port, "/admin/instances").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void explainsAPortThatIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertThatThrownBy(() -> run("--fairlead.registry.port=" + port).close())
                    .satisfies(failure -> {
                        FailureAnalysis analysis = new LinkPortFailureAnalyzer().analyze(failure);
                        assertThat(analysis).isNotNull();
                        assertThat(analysis.getDescription())
                                .contains("links cannot be accepted at 127.0.0.1:" + port)
                                .contains("in use");
                        assertThat(analysis.getAction()).contains("fairlead.registry.port");
                    });
        }
    }

    private static ConfigurableApplicationContext run(String... arguments) {
        return new SpringApplicationBuilder(RegistryApplication.class)
                .properties("logging.level.root=warn", "fairlead.admin.password=correct horse")
                .run(join(arguments, "--server.port=0", "--management.server.port=0", "--fairlead.registry.port=0"));
    }

    private static String[] join(String[] own, String... defaults) {
        boolean ownPort = List.of(own).toString().contains("--fairlead.registry.port");
        return Stream.concat(
                        Arrays.stream(own),
                        Arrays.stream(defaults)
                                .filter(argument -> !ownPort || !argument.contains("fairlead.registry.port")))
                .toArray(String[]::new);
    }

    private static int port(ConfigurableApplicationContext context) {
        return ((WebServerApplicationContext) context).getWebServer().getPort();
    }

    private static int managementPort(ConfigurableApplicationContext context) {
        return context.getEnvironment().getRequiredProperty("local.management.port", Integer.class);
    }

    private JsonNode get(int port, String path) throws IOException, InterruptedException {
        HttpResponse<String> response = text(port, path);
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        return JsonMapper.shared().readTree(response.body());
    }

    private HttpResponse<String> text(int port, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header(
                                "Authorization",
                                "Basic " + Base64.getEncoder().encodeToString("admin:correct horse".getBytes(UTF_8)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
