package io.fairlead.cli.suite;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The instances that the registries list, each once: with several registries the one with the highest epoch
/// and revision.
public final class Instances {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Comparator<JsonNode> AGE = Comparator.<JsonNode>comparingLong(
                    instance -> instance.path("epoch").asLong())
            .thenComparingLong(instance -> instance.path("revision").asLong());
    private static final int HTTP_TIMEOUT_MILLIS = 2_000;

    private Instances() {}

    /// Asks every registry that runs; one that does not answer is left out.
    ///
    /// @return as the registry's `GET /admin/instances` shows them, ordered by name
    public static List<JsonNode> of(SuiteState suite) {
        Map<String, JsonNode> newest = new TreeMap<>();
        for (SuiteProcess registry : suite.running(Service.REGISTRY)) {
            for (JsonNode instance : ask(registry, suite.credentials())) {
                newest.merge(instance.path("name").asString(), instance, (a, b) -> AGE.compare(b, a) > 0 ? b : a);
            }
        }
        return List.copyOf(newest.values());
    }

    private static JsonNode ask(SuiteProcess registry, @Nullable Credentials credentials) {
        try {
            Http.Answer answer = Http.get(registry.port("http"), "/admin/instances", credentials, HTTP_TIMEOUT_MILLIS);
            if (answer.status() == 200) {
                return JSON.readTree(answer.body());
            }
        } catch (IOException e) {
            // Shown as not ready in the list of processes.
        }
        return JSON.createArrayNode();
    }
}
