package io.fairlead.registry;

import static io.fairlead.registry.RegistryFixture.address;
import static io.fairlead.registry.RegistryFixture.call;
import static io.fairlead.registry.RegistryFixture.worker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.LinkSecret;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.discovery.RegistryApi;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.env.EnvironmentEndpoint;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/// Who may open a link to a registry.
@ExtendWith(OutputCaptureExtension.class)
class RegistrySecretTests {
    private static final String SECRET = "a secret of sixteen characters";

    private final RegistryFixture fixture = new RegistryFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private CallClient client(RegistryServer registry, LinkSettings settings) {
        CallClient client = fixture.closing(
                new CallClient(
                        fixture.transport, List.of(address(registry)), settings, 10, new CallClient.Listener() {}),
                CallClient::close);
        client.start();
        return client;
    }

    @Test
    void onlyWhoKnowsTheSecretRegisters() throws Exception {
        RegistryServer registry = fixture.registry("secret", SECRET);
        LinkSettings worker = LinkSettings.of("worker", "test");

        CallClient stranger = client(registry, worker);
        await().until(() -> registry.unauthenticated() > 0);
        assertThat(stranger.isConnected()).isFalse();

        CallClient ours = client(registry, worker.withSecret(LinkSecret.of("same", SECRET)));
        call(ours, RegistryApi.REGISTER, worker("worker-1", 1));
        assertThat(registry.leases(1_000)).hasSize(1);
        assertThat(registry.links()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void anAddressThatOthersReachNeedsASecret(String bindAddress, CapturedOutput output) {
        assertThatThrownBy(() -> run("--fairlead.registry.bind-address=" + bindAddress))
                .rootCause()
                .isInstanceOf(NoSecretException.class);

        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("fairlead.registry.bind-address: " + bindAddress + " (expected: a loopback address")
                .contains("Set fairlead.secret (environment: FAIRLEAD_SECRET)");
    }

    @Test
    void aWeakSecretIsRefusedAndNotShown(CapturedOutput output) {
        assertThatThrownBy(() -> run("--fairlead.secret=sesame-and-no"))
                .rootCause()
                .hasMessageContaining("fairlead.secret: 13 characters (expected: at least 16");

        assertThat(output).contains("fairlead.secret: 13 characters").doesNotContain("sesame-and-no");
    }

    @Test
    void theSecretIsShownNowhere(CapturedOutput output) {
        try (ConfigurableApplicationContext context = run(
                "--fairlead.secret=" + SECRET,
                "--management.endpoints.web.exposure.include=env,configprops",
                "--management.endpoint.env.show-values=always",
                "--management.endpoint.configprops.show-values=always")) {
            assertThat(json(context.getBean(EnvironmentEndpoint.class).environment("fairlead")))
                    .contains("fairlead.secret", "fairlead.registry.secret", "fairlead.registry.port")
                    .doesNotContain(SECRET);
            assertThat(json(context.getBean(ConfigurationPropertiesReportEndpoint.class)
                            .configurationProperties()))
                    .contains("fairlead.registry")
                    .doesNotContain(SECRET);
            assertThat(context.getBean(RegistryProperties.class).toString()).contains("secret=set");
        }
        assertThat(output).doesNotContain(SECRET);
    }

    private static String json(Object value) {
        return JsonMapper.shared().writeValueAsString(value);
    }

    private static ConfigurableApplicationContext run(String setting, String... further) {
        String[] arguments = new String[further.length + 4];
        System.arraycopy(further, 0, arguments, 0, further.length);
        arguments[further.length] = setting;
        arguments[further.length + 1] = "--server.port=0";
        arguments[further.length + 2] = "--management.server.port=0";
        arguments[further.length + 3] = "--fairlead.registry.port=0";
        return SpringApplication.run(RegistryApplication.class, arguments);
    }
}
