package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a gateway's `GET /admin/upstreams` says of the fleet. Thread-safe.
final class GatewayView {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private final URI upstreams;
    private final String authorization;

    GatewayView(Host host, String password) {
        upstreams = URI.create("http://" + host.address() + ":" + BenchPorts.HTTP + "/admin/upstreams");
        authorization = "Basic " + Base64.getEncoder().encodeToString(("admin:" + password).getBytes(UTF_8));
    }

    /// The epochs of the workers that it is linked to, by name.
    ///
    /// @throws IOException while it does not answer
    Map<String, Long> connected() throws IOException {
        HttpRequest request = HttpRequest.newBuilder(upstreams)
                .header("Authorization", authorization)
                .timeout(Duration.ofSeconds(5))
                .build();
        Map<String, Long> connected = new LinkedHashMap<>();
        try {
            HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IOException(upstreams + ": " + response.statusCode() + " " + response.body());
            }
            for (JsonNode node : JSON.readTree(response.body())) {
                if (node.get("connected").asBoolean()) {
                    connected.put(
                            node.get("instance").asString(), node.get("epoch").asLong());
                }
            }
            return connected;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
