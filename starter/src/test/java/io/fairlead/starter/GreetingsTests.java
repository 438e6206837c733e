package io.fairlead.starter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.client.FairleadClient;
import io.fairlead.starter.worker.Worker;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The worker and the test that README.md shows.
@SpringBootTest(properties = {"fairlead.worker.port=0", "fairlead.registries="})
class GreetingsTests {
    @Test
    void greets(@Autowired Worker worker) {
        try (FairleadClient client = FairleadClient.connect("127.0.0.1:" + worker.port())) {
            assertThat(client.call("greetings/hello", "Ada".getBytes(UTF_8)))
                    .asString(UTF_8)
                    .isEqualTo("Hello Ada");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Greetings.class)
    static class GreetingsApplication {}

    @FairleadService("greetings")
    static class Greetings {
        @Call(idempotent = true)
        String hello(String name) {
            return "Hello " + name;
        }
    }
}
