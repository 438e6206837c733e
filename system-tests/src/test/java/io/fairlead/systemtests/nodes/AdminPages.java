package io.fairlead.systemtests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What gateways and registries say of the fleet. Thread-safe.
public final class AdminPages {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private final String root;
    private final String health;
    private final String authorization;

    public AdminPages(Host host, String password) {
        root = "http://" + host.address() + ":" + BenchPorts.HTTP + "/admin/";
        health = "http://" + host.address() + ":" + BenchPorts.ACTUATOR + "/actuator/health";
        authorization = "Basic " + Base64.getEncoder().encodeToString(("admin:" + password).getBytes(UTF_8));
    }

    /// The epochs of the workers that a gateway may choose, by name: it is linked to them, and they are not
    /// suspect.
    ///
    /// @throws IOException while it does not answer
    public Map<String, Long> usable() throws IOException {
        Map<String, Long> usable = new LinkedHashMap<>();
        for (JsonNode node : get("upstreams")) {
            if (node.get("connected").asBoolean() && !node.get("suspect").asBoolean()) {
                usable.put(node.get("instance").asString(), node.get("epoch").asLong());
            }
        }
        return usable;
    }

    /// The workers that a registry lists.
    ///
    /// @throws IOException while it does not answer
    public Set<String> listed() throws IOException {
        Set<String> listed = new HashSet<>();
        for (JsonNode node : get("instances")) {
            listed.add(node.get("name").asString());
        }
        return listed;
    }

    /// An admin page.
    ///
    /// @throws IOException while it does not answer
    public JsonNode get(String page) throws IOException {
        return fetch(root + page, Set.of(200));
    }

    /// The health with its details, up or down.
    ///
    /// @throws IOException while it does not answer
    public JsonNode health() throws IOException {
        return fetch(health, Set.of(200, 503));
    }

    private JsonNode fetch(String url, Set<Integer> good) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", authorization)
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
            if (!good.contains(response.statusCode())) {
                throw new IOException(url + ": " + response.statusCode() + " " + response.body());
            }
            return JSON.readTree(response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
