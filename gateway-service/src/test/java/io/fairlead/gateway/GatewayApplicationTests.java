package io.fairlead.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.gateway.listener.Listeners;
import io.fairlead.link.discovery.FleetWatch;
import io.fairlead.link.discovery.RegistryView;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.env.EnvironmentEndpoint;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(OutputCaptureExtension.class)
class GatewayApplicationTests {
    private static ConfigurableApplicationContext start(String... settings) {
        List<String> args = new ArrayList<>(List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--fairlead.admin.password=correct horse",
                "--fairlead.registries=127.0.0.1:1",
                "--fairlead.gateway.discovery.view-file=",
                "--fairlead.gateway.listeners.native.port=0",
                "--fairlead.gateway.listeners.lines.port=0",
                "--fairlead.gateway.listeners.iso8583.port=0",
                "--fairlead.gateway.listeners.mllp.port=0"));
        for (String setting : settings) {
            // Spring would join the values of an option that is given twice.
            args.removeIf(arg -> arg.startsWith(setting.substring(0, setting.indexOf('=') + 1)));
            args.add(setting);
        }
        return SpringApplication.run(GatewayApplication.class, args.toArray(String[]::new));
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext context, String port, String path)
            throws Exception {
        int number = context.getEnvironment().getRequiredProperty(port, Integer.class);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + number + path))
                            .header(
                                    "Authorization",
                                    "Basic "
                                            + Base64.getEncoder().encodeToString("admin:correct horse".getBytes(UTF_8)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void listensBeforeAnyRegistryIsThereAndSaysWhyItIsNotReady() throws Exception {
        try (ConfigurableApplicationContext context = start()) {
            assertThat(context.getBean(Listeners.class).all())
                    .hasSize(4)
                    .allSatisfy(listener -> assertThat(listener.port()).isPositive());

            HttpResponse<String> readiness = get(context, "local.management.port", "/actuator/health/readiness");
            assertThat(readiness.statusCode()).isEqualTo(503);
            assertThat(readiness.body()).contains("no registry has shown its view yet");
            assertThat(get(context, "local.management.port", "/actuator/health/liveness")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(get(context, "local.server.port", "/admin/listeners").body())
                    .contains("\"name\":\"mllp\"", "\"dialect\":\"hl7\"");
            assertThat(get(context, "local.server.port", "/admin/connections").body())
                    .contains("\"total\":0");
            assertThat(get(context, "local.server.port", "/admin/upstreams").body())
                    .isEqualTo("[]");
            assertThat(get(context, "local.management.port", "/actuator/prometheus")
                            .body())
                    .contains("fairlead_connections{", "fairlead_calls_in_flight{");
        }
    }

    @Test
    void aListenerOfAnotherFileCanBeSwitchedOff() {
        try (ConfigurableApplicationContext context = start("--fairlead.gateway.listeners.mllp.enabled=false")) {
            assertThat(context.getBean(Listeners.class).all())
                    .extracting(listener -> listener.name())
                    .containsExactly("iso8583", "lines", "native");
        }
    }

    @Test
    void aPortInUseIsNamedWithItsListener(CapturedOutput output) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String setting = "--fairlead.gateway.listeners.lines.port=" + taken.getLocalPort();

            assertThatThrownBy(() -> start(setting)).hasRootCauseInstanceOf(IOException.class);

            assertThat(output)
                    .contains("APPLICATION FAILED TO START")
                    .contains("fairlead.gateway.listeners.lines")
                    .contains("" + taken.getLocalPort());
        }
    }

    @Test
    void aBadSettingIsNamedWithItsListener(CapturedOutput output) {
        assertThatThrownBy(() -> start("--fairlead.gateway.listeners.lines.framing=morse"))
                .rootCause()
                .hasMessageContaining("'morse'");

        assertThat(output).contains("fairlead.gateway.listeners.lines", "morse", "octet-counted");
    }

    @Test
    void aWeakSecretIsRefusedAndNotShown(CapturedOutput output) {
        assertThatThrownBy(() -> start("--fairlead.secret=sesame-and-no"))
                .rootCause()
                .hasMessageContaining("fairlead.secret: 13 characters (expected: at least 16");

        assertThat(output).contains("fairlead.secret: 13 characters").doesNotContain("sesame-and-no");
    }

    @Test
    void theSecretIsShownNowhere(CapturedOutput output) {
        String secret = "a secret of sixteen characters";
        try (ConfigurableApplicationContext context = start(
                "--fairlead.secret=" + secret,
                "--management.endpoints.web.exposure.include=health,env,configprops,prometheus",
                "--management.endpoint.env.show-values=always",
                "--management.endpoint.configprops.show-values=always")) {
            assertThat(json(context.getBean(EnvironmentEndpoint.class).environment("fairlead")))
                    .contains("fairlead.secret", "fairlead.registries")
                    .doesNotContain(secret);
            assertThat(json(context.getBean(ConfigurationPropertiesReportEndpoint.class)
                            .configurationProperties()))
                    .contains("127.0.0.1:1")
                    .doesNotContain(secret);
            assertThat(context.getBean(FleetProperties.class).toString()).contains("secret=set");
        }
        assertThat(output).doesNotContain(secret);
    }

    private static String json(Object value) {
        return JsonMapper.shared().writeValueAsString(value);
    }

    @Test
    void aMessageThatWouldNotFitAFrameIsSaidAtStart() {
        assertThatThrownBy(() -> start("--fairlead.gateway.listeners.lines.max-message-size=5MB"))
                .rootCause()
                .hasMessageContaining("lines.max-message-size: 5242880B")
                .hasMessageContaining("max-frame-size");
    }

    @Test
    void aDrainWindowThatDoesNotFitItsTimeoutIsSaidAtStart() {
        assertThatThrownBy(() -> start("--fairlead.gateway.drain-timeout=5s"))
                .rootCause()
                .hasMessageContaining("fairlead.gateway.drain.window: PT10S")
                .hasMessageContaining("at most fairlead.gateway.drain-timeout, PT5S");
        assertThatThrownBy(() -> start("--fairlead.gateway.drain.delay=-1s"))
                .rootCause()
                .hasMessageContaining("fairlead.gateway.drain.delay: PT-1S");
    }

    @Test
    void beginsWithTheLastKnownViewAndSaysSoLoudly(@TempDir Path folder, CapturedOutput output) throws Exception {
        Path file = folder.resolve("view.json");
        Files.writeString(file, """
                {"format":1,"savedAt":"2026-11-22T12:00:00Z","instances":[{"listedBy":["127.0.0.1:1"],"instance":
                {"instance":"worker-1","epoch":5,"host":"127.0.0.1","port":1,"weight":100,"capacity":8}}]}""");
        try (ConfigurableApplicationContext context = start("--fairlead.gateway.discovery.view-file=" + file)) {
            assertThat(output).containsPattern("WARN.*1 instances are used as .*view.json had them");
            HttpResponse<String> readiness = get(context, "local.management.port", "/actuator/health/readiness");
            assertThat(readiness.statusCode()).isEqualTo(200);
            assertThat(readiness.body())
                    .contains("\"lastKnownView\"", "\"unconfirmedInstances\":1", "2026-11-22T12:00:00Z");
            assertThat(get(context, "local.management.port", "/actuator/prometheus")
                            .body())
                    .contains("fairlead_discovery_unconfirmed 1.0", "fairlead_discovery_view_age_seconds");
        }
    }

    @Test
    void withoutRegistriesWorkersMustBeKnownOtherwise() {
        assertThatThrownBy(() -> start("--fairlead.registries="))
                .rootCause()
                .hasMessageContaining("fairlead.registries: none")
                .hasMessageContaining("fairlead.gateway.discovery.static");
        try (ConfigurableApplicationContext context = start(
                "--fairlead.registries=",
                "--fairlead.gateway.discovery.static[0].host=127.0.0.1",
                "--fairlead.gateway.discovery.static[0].port=1")) {
            assertThat(context.getBean(FleetWatch.class).fleet().registries())
                    .extracting(RegistryView::address)
                    .containsExactly("static");
        }
    }
}
