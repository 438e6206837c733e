package io.fairlead.systemtests.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// The recording and alerting rules of the profile `observability`.
public final class PrometheusRules {
    private final List<Map<String, ?>> rules = new ArrayList<>();

    private PrometheusRules(Map<String, List<Map<String, List<Map<String, ?>>>>> file) {
        file.getOrDefault("groups", List.of()).forEach(group -> rules.addAll(group.getOrDefault("rules", List.of())));
    }

    /// Reads the rules that Prometheus is given.
    public static PrometheusRules read() {
        try {
            return new PrometheusRules(new Yaml(new SafeConstructor(new LoaderOptions()))
                    .load(Files.readString(Dashboard.file("prometheus/rules/fairlead.yml"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Each rule as it stands in the file.
    List<Map<String, ?>> rules() {
        return rules;
    }

    /// The metrics that recording rules make.
    public List<String> recorded() {
        return rules.stream()
                .filter(rule -> rule.containsKey("record"))
                .map(rule -> String.valueOf(rule.get("record")))
                .toList();
    }

    /// What every rule asks.
    public List<PromExpression> expressions() {
        return rules.stream()
                .map(rule -> new PromExpression(
                        String.valueOf(rule.containsKey("alert") ? rule.get("alert") : rule.get("record")),
                        String.valueOf(rule.get("expr"))))
                .toList();
    }
}
