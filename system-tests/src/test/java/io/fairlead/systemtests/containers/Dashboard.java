package io.fairlead.systemtests.containers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the profile `observability` shows: the panels of the dashboard.
public final class Dashboard {
    private final JsonNode json;

    private Dashboard(JsonNode json) {
        this.json = json;
    }

    /// Reads the dashboard that Grafana is given.
    public static Dashboard read() {
        return new Dashboard(JsonMapper.builder().build().readTree(file("grafana/dashboards/fairlead.json")));
    }

    /// A file below the folder `docker`.
    static Path file(String path) {
        // Tests that start processes are told the root; others run in their module's folder.
        return Path.of(System.getProperty("fairlead.root", ".."), "docker").resolve(path);
    }

    JsonNode json() {
        return json;
    }

    /// The panels, without the rows that hold them together.
    List<JsonNode> panels() {
        List<JsonNode> panels = new ArrayList<>();
        for (JsonNode panel : json.get("panels")) {
            if (!panel.get("type").asString().equals("row")) {
                panels.add(panel);
            }
        }
        return panels;
    }

    /// What every panel asks, for all gateways and services.
    public List<PromExpression> expressions() {
        List<PromExpression> expressions = new ArrayList<>();
        for (JsonNode panel : panels()) {
            for (JsonNode target : panel.get("targets")) {
                expressions.add(new PromExpression(
                        panel.get("title").asString(),
                        target.get("expr")
                                .asString()
                                .replace("$gateway", ".*")
                                .replace("$service", ".*")
                                .replace("$__rate_interval", "1m")));
            }
        }
        return expressions;
    }
}
