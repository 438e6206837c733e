package io.fairlead.systemtests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.systemtests.nodes.Shell;
import io.fairlead.test.ContainerTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Prometheus's own judgement of its configuration and of the rules.
@ContainerTest(images = PrometheusFilesIT.IMAGE)
class PrometheusFilesIT {
    static final String IMAGE = "prom/prometheus:v3.5.0";

    @Test
    void theConfigurationAndTheRulesAreValid() {
        assertThat(promtool("check", "config", "/etc/prometheus/prometheus.yml"))
                .contains("SUCCESS")
                .doesNotContain("FAILED");
        assertThat(promtool("check", "rules", "--lint-fatal", "/etc/prometheus/rules/fairlead.yml"))
                .contains("SUCCESS");
    }

    @Test
    void alertsOfMessagesAndAnswersCallWhenTheyShouldAndOnlyThen() {
        assertThat(promtool("test", "rules", "/tests/alerts.yml")).contains("SUCCESS");
    }

    private static String promtool(String... arguments) {
        Path tests = Path.of(System.getProperty("fairlead.root"), "system-tests/src/test/resources/prometheus");
        List<String> command = new ArrayList<>(List.of("docker", "run", "--rm", "--network", "none"));
        command.addAll(mount(Dashboard.file("prometheus"), "/etc/prometheus"));
        command.addAll(mount(tests, "/tests"));
        command.addAll(List.of("--entrypoint", "promtool", IMAGE));
        command.addAll(List.of(arguments));
        return Shell.run(command);
    }

    private static List<String> mount(Path from, String to) {
        return List.of("-v", from.toAbsolutePath().normalize() + ":" + to + ":ro");
    }
}
