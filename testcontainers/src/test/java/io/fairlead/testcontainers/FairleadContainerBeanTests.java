package io.fairlead.testcontainers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.client.FairleadClient;
import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.test.ContainerTest;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The container as a bean, as a configuration for tests and for development has it.
@ContainerTest(images = "fairlead/gateway")
@SpringBootTest
class FairleadContainerBeanTests {
    @Test
    void theGatewayReachesTheWorker(@Autowired FairleadContainer fairlead) {
        try (FairleadClient client = FairleadClient.connect(fairlead.getNativeAddress())) {
            assertThat(client.call("echo/upper", "hello".getBytes(UTF_8)))
                    .asString(UTF_8)
                    .isEqualTo("HELLO");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
    @Import(Echo.class)
    static class EchoApplication {
        @Bean
        @ServiceConnection
        FairleadContainer fairlead() {
            return new FairleadContainer();
        }
    }

    @FairleadService("echo")
    static class Echo {
        @Call
        String upper(String text) {
            return text.toUpperCase(Locale.ROOT);
        }
    }
}
