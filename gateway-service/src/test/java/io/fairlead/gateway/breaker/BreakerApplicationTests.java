package io.fairlead.gateway.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.gateway.GatewayApplication;
import io.fairlead.wire.Status;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/// What users of Resilience4j know: keys, meters, health, endpoints.
class BreakerApplicationTests {
    private static ConfigurableApplicationContext context;
    private static LinkBreaker link;

    @BeforeAll
    static void start() {
        List<String> args = new ArrayList<>(List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--fairlead.registries=127.0.0.1:1",
                "--fairlead.admin.password=sesame-sesame",
                "--resilience4j.circuitbreaker.configs.default.failureRateThreshold=33",
                "--resilience4j.circuitbreaker.instances.special.minimum-number-of-calls=7",
                "--fairlead.gateway.ejection.max-percent=20",
                "--fairlead.gateway.ejection.panic-threshold=10"));
        for (String listener : List.of("native", "lines", "iso8583", "mllp")) {
            args.add("--fairlead.gateway.listeners." + listener + ".enabled=false");
        }
        context = SpringApplication.run(GatewayApplication.class, args.toArray(String[]::new));
        link = context.getBean(Breakers.class).link("w1", 1, new Random(1));
        link.shareWith(1);
        long now = System.nanoTime();
        link.sent(1);
        link.succeeded(1, now - 1_000_000, now);
        link.sent(2);
        link.ended(2, Verdict.FAILURE, Status.INTERNAL, now - 1_000_000, now);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static HttpResponse<String> send(String port, String method, String path, boolean asAdmin)
            throws Exception {
        int number = context.getEnvironment().getRequiredProperty(port, Integer.class);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + number + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (asAdmin) {
            request.header(
                    "Authorization",
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString("admin:sesame-sesame".getBytes(StandardCharsets.UTF_8)));
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static String management(String path) throws Exception {
        return send("local.management.port", "GET", path, true).body();
    }

    private static CircuitBreaker breaker(String name) {
        return context.getBean(CircuitBreakerRegistry.class).find(name).orElseThrow();
    }

    @Test
    void theUsualKeysSetTheBreakersOfInstances() {
        CircuitBreakerConfig config = breaker("w1").getCircuitBreakerConfig();

        assertThat(config.getFailureRateThreshold()).isEqualTo(33);
        assertThat(config.getSlidingWindowType()).isEqualTo(SlidingWindowType.TIME_BASED);
        assertThat(config.getSlidingWindowSize()).isEqualTo(5);
        assertThat(config.getMinimumNumberOfCalls()).isEqualTo(20);
        assertThat(config.getSlidingWindowSynchronizationStrategy())
                .isEqualTo(SlidingWindowSynchronizationStrategy.LOCK_FREE);
        assertThat(config.getPermittedNumberOfCallsInHalfOpenState()).isEqualTo(5);
        assertThat(config.isAutomaticTransitionFromOpenToHalfOpenEnabled()).isFalse();
        assertThat(config.getWaitIntervalFunctionInOpenState().apply(1))
                .isEqualTo(Duration.ofSeconds(5).toMillis());
        assertThat(config.getWaitIntervalFunctionInOpenState().apply(3))
                .isEqualTo(Duration.ofSeconds(20).toMillis());
    }

    @Test
    void keysOfOneInstanceStandAboveTheDefaults() {
        LinkBreaker special = context.getBean(Breakers.class).link("special", 1, new Random(1));

        CircuitBreakerConfig config = breaker("special").getCircuitBreakerConfig();
        assertThat(config.getMinimumNumberOfCalls()).isEqualTo(7);
        assertThat(config.getFailureRateThreshold()).isEqualTo(33);
        assertThat(config.getSlidingWindowSynchronizationStrategy())
                .isEqualTo(SlidingWindowSynchronizationStrategy.LOCK_FREE);
        special.close();
    }

    @Test
    void ejectionKeysBind() {
        assertThat(context.getBean(EjectionProperties.class)).isEqualTo(new EjectionProperties(20, 10, 10));
    }

    @Test
    void theUsualMetersAreThereAndOurs() throws Exception {
        assertThat(management("/actuator/prometheus"))
                .contains(
                        "resilience4j_circuitbreaker_state{name=\"w1\",state=\"closed\"} 1.0",
                        "resilience4j_circuitbreaker_buffered_calls{kind=\"failed\",name=\"w1\"}",
                        "resilience4j_circuitbreaker_calls_seconds_count{kind=\"successful\",name=\"w1\"} 1",
                        "resilience4j_circuitbreaker_calls_seconds_count{kind=\"failed\",name=\"w1\"} 1",
                        "fairlead_ejection_ejected 0.0",
                        "fairlead_ejection_panic 0.0",
                        "fairlead_ejection_opened_total");
    }

    @Test
    void healthShowsBreakersAndReadinessDoesNotDependOnThem() throws Exception {
        assertThat(management("/actuator/health"))
                .contains("\"circuitBreakers\"", "\"w1\"", "\"failureRateThreshold\":\"33.0%\"", "\"ejection\"");
        assertThat(management("/actuator/health/readiness")).doesNotContain("circuitBreakers", "ejection");
    }

    @Test
    void theUsualEndpointsAreThereForTheAccountAlone() throws Exception {
        assertThat(management("/actuator/circuitbreakers")).contains("\"w1\"", "\"state\":\"CLOSED\"");
        assertThat(management("/actuator/circuitbreakerevents/w1")).contains("\"type\":\"ERROR\"", "INTERNAL");
        assertThat(send("local.management.port", "GET", "/actuator/circuitbreakers", false)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void anAdministratorSeesAndResetsBreakers() throws Exception {
        context.getBean(Breakers.class).link("w2", 4, new Random(1));
        breaker("w2").transitionToOpenState();
        assertThat(send("local.server.port", "GET", "/admin/breakers", true).body())
                .contains("\"instance\":\"w2\",\"epoch\":4,\"state\":\"OPEN\"");

        assertThat(send("local.server.port", "POST", "/admin/breakers/w2/reset", false)
                        .statusCode())
                .isEqualTo(401);
        assertThat(breaker("w2").getState()).isEqualTo(CircuitBreaker.State.OPEN);
        assertThat(send("local.server.port", "POST", "/admin/breakers/w2/reset", true)
                        .statusCode())
                .isEqualTo(204);
        assertThat(breaker("w2").getState()).isEqualTo(CircuitBreaker.State.CLOSED);
        assertThat(send("local.server.port", "POST", "/admin/breakers/nobody/reset", true)
                        .statusCode())
                .isEqualTo(404);
    }
}
