package io.fairlead.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.client.FairleadClient;
import io.fairlead.systemtests.containers.Dashboard;
import io.fairlead.systemtests.containers.PromExpression;
import io.fairlead.systemtests.containers.PrometheusRules;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What the dashboard shows and the rules alarm on is what the services really say of themselves.
class ObservabilityIT {
    /// Of Prometheus itself.
    private static final Set<String> OWN = Set.of("up");

    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*)[{ ]");

    @RegisterExtension
    final Cluster cluster = new Cluster("observability", 1);

    @Test
    void everyMetricOfTheDashboardAndTheRulesExists() throws Exception {
        ServiceProcess registry = cluster.startRegistry(0);
        Gateway gateway = cluster.startGateway(
                List.of(Listener.of("nobody", "framing=lf", "dialect=text", "call=nobody/answers")));
        ServiceProcess worker = cluster.startWorker("worker-0");
        gateway.process().awaitReady();
        Cluster.awaitConnected(gateway, worker.name());

        try (ForeignClient called = new ForeignClient(gateway.port("lines"), ClientFraming.LF);
                ForeignClient refused = new ForeignClient(gateway.port("nobody"), ClientFraming.LF);
                FairleadClient client = FairleadClient.connect("127.0.0.1:" + gateway.port("native"))) {
            assertThat(called.call("hello")).isEqualTo("HELLO");
            assertThat(refused.call("hello")).startsWith("ERR UNAVAILABLE ");
            client.send("orders/place", "{\"item\":\"tea\",\"quantity\":1}".getBytes(StandardCharsets.UTF_8));
        }

        // The figures of the fleet and of the books are read every few seconds.
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(missing(List.of(registry, gateway.process(), worker)))
                        .as("metrics that no service has, by where they are asked for")
                        .isEmpty());
    }

    private static TreeMap<String, Set<String>> missing(List<ServiceProcess> processes) {
        PrometheusRules rules = PrometheusRules.read();
        Set<String> known = new TreeSet<>(OWN);
        known.addAll(rules.recorded());
        processes.forEach(
                process -> SAMPLE.matcher(process.metrics()).results().forEach(sample -> known.add(sample.group(1))));
        TreeMap<String, Set<String>> missing = new TreeMap<>();
        for (PromExpression expression : Stream.concat(
                        Dashboard.read().expressions().stream(), rules.expressions().stream())
                .toList()) {
            Set<String> unknown = new TreeSet<>(expression.metrics());
            unknown.removeAll(known);
            if (!unknown.isEmpty()) {
                missing.put(expression.where(), unknown);
            }
        }
        return missing;
    }
}
