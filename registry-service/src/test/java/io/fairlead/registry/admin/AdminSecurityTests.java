package io.fairlead.registry.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.registry.RegistryApplication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class AdminSecurityTests {
    private static final String PASSWORD = "--fairlead.admin.password=correct horse";
    private static final String ADMIN = "admin:correct horse";

    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        http.close();
    }

    private static ConfigurableApplicationContext start(String... settings) {
        String[] ports = {"--server.port=0", "--management.server.port=0", "--fairlead.registry.port=0"};
        return SpringApplication.run(
                RegistryApplication.class,
                Stream.concat(Stream.of(ports), Stream.of(settings)).toArray(String[]::new));
    }

    private HttpResponse<String> send(
            ConfigurableApplicationContext registry, String port, String method, String path, @Nullable String account)
            throws Exception {
        int number = registry.getEnvironment().getRequiredProperty(port, Integer.class);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + number + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (account != null) {
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(account.getBytes(UTF_8)));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(ConfigurableApplicationContext registry, @Nullable String account)
            throws Exception {
        return send(registry, "local.server.port", "POST", "/admin/nothing", account);
    }

    @Test
    void onlyTheAccountMayAdminister(CapturedOutput output) throws Exception {
        try (ConfigurableApplicationContext registry = start(PASSWORD)) {
            assertThat(post(registry, null).statusCode()).isEqualTo(401);
            assertThat(post(registry, null).body()).contains("\"status\":401", "fairlead.admin.password");
            assertThat(post(registry, "admin:wrong").statusCode()).isEqualTo(401);
            assertThat(output).contains("who=\"admin\" from=\"127.0.0.1\" what=login");
            assertThat(post(registry, ADMIN).statusCode()).isEqualTo(404);
            assertThat(send(registry, "local.server.port", "GET", "/admin/instances", null)
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void healthIsOpenAndWhatIsNotListedIsNot() throws Exception {
        try (ConfigurableApplicationContext registry = start(PASSWORD)) {
            String port = "local.management.port";
            assertThat(send(registry, port, "GET", "/actuator/health/liveness", null)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(send(registry, port, "GET", "/actuator/prometheus", null).statusCode())
                    .isEqualTo(200);
            assertThat(send(registry, port, "GET", "/actuator/env", null).statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void withoutAPasswordNobodyMayAndTheRemedyIsSaid() throws Exception {
        try (ConfigurableApplicationContext registry = start()) {
            assertThat(post(registry, "admin:").statusCode()).isEqualTo(403);
            assertThat(post(registry, null).body()).contains("FAIRLEAD_ADMIN_PASSWORD");
        }
    }

    @Test
    void doesNotStartWithoutAPasswordWhereOthersCouldReachIt(CapturedOutput output) {
        assertThatThrownBy(() -> start("--server.address=0.0.0.0"));
        assertThat(output)
                .contains("APPLICATION FAILED TO START", "server.address: 0.0.0.0", "FAIRLEAD_ADMIN_PASSWORD");
    }
}
