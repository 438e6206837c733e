package io.fairlead.systemtests.containers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A running Prometheus, asked by its HTTP API.
final class Prometheus {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String url;
    private final HttpClient client = HttpClient.newHttpClient();

    Prometheus(String url) {
        this.url = url;
    }

    /// How many targets of each job answer.
    Map<String, Long> targetsUp() {
        Map<String, Long> up = new HashMap<>();
        for (JsonNode target : get("/api/v1/targets?state=active").at("/data/activeTargets")) {
            if (target.get("health").asString().equals("up")) {
                up.merge(target.at("/labels/job").asString(), 1L, Long::sum);
            }
        }
        return up;
    }

    /// How many series an expression has now.
    int series(String expression) {
        return get("/api/v1/query?query=" + URLEncoder.encode(expression, UTF_8))
                .at("/data/result")
                .size();
    }

    /// Rules that could not be evaluated, with why.
    List<String> brokenRules() {
        List<String> broken = new ArrayList<>();
        for (JsonNode group : get("/api/v1/rules").at("/data/groups")) {
            for (JsonNode rule : group.get("rules")) {
                if (rule.path("health").asString().equals("err")) {
                    broken.add(rule.get("name").asString() + ": "
                            + rule.path("lastError").asString());
                }
            }
        }
        return broken;
    }

    /// @throws IllegalStateException if it does not answer with success
    private JsonNode get(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            String body =
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            JsonNode answer = JSON.readTree(body);
            if (!answer.path("status").asString().equals("success")) {
                throw new IllegalStateException(path + ": " + body);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
