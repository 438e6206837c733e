package io.fairlead.testcontainers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What is asked of a gateway over HTTP. Thread-safe.
final class GatewayHttp {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

    /// A worker as the gateway sees it.
    record Upstream(String instance, String address, String state, boolean connected, List<Service> services) {
        boolean isUsed() {
            return connected && state.equals("UP");
        }

        boolean offers(String route) {
            return services.stream()
                    .flatMap(service -> service.methods().stream().map(method -> service.name() + "/" + method.name()))
                    .anyMatch(route::equals);
        }
    }

    record Service(String name, List<Method> methods) {}

    record Method(String name) {}

    /// Whether the gateway's application has started; ready it is only when it has seen a worker.
    boolean isLive(String actuatorUrl) throws IOException {
        return get(actuatorUrl + "/actuator/health/liveness", "").statusCode() == 200;
    }

    /// @throws IOException if it does not answer, or not with a list of workers
    List<Upstream> upstreams(String adminUrl, String user, String password) throws IOException {
        String account = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
        HttpResponse<String> response = get(adminUrl + "/admin/upstreams", "Basic " + account);
        if (response.statusCode() != 200) {
            throw new IOException("GET /admin/upstreams: " + response.statusCode() + " " + response.body());
        }
        try {
            return List.of(JSON.readValue(response.body(), Upstream[].class));
        } catch (JacksonException e) {
            throw new IOException("GET /admin/upstreams: " + e.getOriginalMessage(), e);
        }
    }

    private HttpResponse<String> get(String url, String authorization) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT);
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking the gateway", e);
        }
    }
}
