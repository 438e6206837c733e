package io.fairlead.systemtests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The files of the profile `observability` as far as they can be judged without their programs.
class DashboardTests {
    private final Dashboard dashboard = Dashboard.read();
    private final PrometheusRules rules = PrometheusRules.read();

    @Test
    void grafanaFindsTheDashboardsFolderAndItsSource() throws IOException {
        String compose = Files.readString(Dashboard.file("../docker-compose.yml"));
        String provider = Files.readString(Dashboard.file("grafana/provisioning/dashboards/fairlead.yml"));
        String source = Files.readString(Dashboard.file("grafana/provisioning/datasources/prometheus.yml"));
        assertThat(provider).contains("path: /etc/grafana/dashboards");
        assertThat(compose)
                .contains("./docker/grafana/dashboards:/etc/grafana/dashboards:ro")
                .contains("./docker/grafana/provisioning:/etc/grafana/provisioning:ro")
                .containsPattern("(?m)^  prometheus:$");
        assertThat(source).contains("url: http://prometheus:9090");
    }

    @Test
    void anExpressionsMetricsAreFound() {
        String text = """
                histogram_quantile(0.99, sum by (le, service) (rate(calls_bucket{name=~"a(b)|{c}", service="x"}[5m])))
                / on (instance) group_left (job) (up == bool 1) > 1e3 or app:calls:p99_5m offset 10m unless vector(0)
                """;
        assertThat(new PromExpression("test", text).metrics())
                .containsExactly("app:calls:p99_5m", "calls_bucket", "up");
    }

    @Test
    void theDashboardHasAFixedAddressAndIsNobodysDatabasesCopy() {
        assertThat(dashboard.json().get("uid").asString()).isEqualTo("fairlead");
        assertThat(dashboard.json().has("id")).isFalse();
    }

    @Test
    void everyPanelHasAnIdOfItsOwnAPlaceOfItsOwnAndTheChosenSource() {
        Set<Integer> ids = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : dashboard.json().get("panels")) {
            String title = panel.get("title").asString();
            assertThat(ids.add(panel.get("id").asInt())).as("id of " + title).isTrue();
            JsonNode place = panel.get("gridPos");
            for (int x = 0; x < place.get("w").asInt(); x++) {
                for (int y = 0; y < place.get("h").asInt(); y++) {
                    int column = place.get("x").asInt() + x;
                    assertThat(column).as("column of " + title).isLessThan(24);
                    assertThat(cells.add(column + "," + (place.get("y").asInt() + y)))
                            .as("place of " + title)
                            .isTrue();
                }
            }
        }
        for (JsonNode panel : dashboard.panels()) {
            assertThat(panel.at("/datasource/uid").asString()).isEqualTo("${source}");
            assertThat(panel.get("targets")).isNotEmpty();
        }
    }

    @Test
    void allVariablesOfExpressionsAreKnown() {
        assertThat(dashboard.expressions())
                .isNotEmpty()
                .noneMatch(expression -> expression.text().contains("$"));
    }

    @Test
    void everyAlertSaysWhoIsToLookAndWhatToDo() {
        assertThat(rules.expressions()).isNotEmpty();
        for (Map<String, ?> rule : rules.rules()) {
            if (rule.get("alert") != null) {
                assertThat(rule.get("labels")).asString().containsPattern("severity=(page|ticket)");
                assertThat(rule.get("annotations")).asString().contains("summary=", "description=");
            }
        }
    }
}
