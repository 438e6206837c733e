package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A balancer that we did not write stands before the gateway and says whose connection it passes on.
@ExtendWith(Suite.Extension.class)
class ProxyProtocolIT {
    private static final String CONFIGURATION = """
            defaults
                mode tcp
                timeout connect 5s
                timeout client 1m
                timeout server 1m
            listen version1
                bind 127.0.0.1:%1$d
                server gateway 127.0.0.1:%3$d send-proxy
            listen version2
                bind 127.0.0.1:%2$d
                server gateway 127.0.0.1:%3$d send-proxy-v2
            """;

    private final Gateway gateway;

    @TempDir
    private Path folder;

    ProxyProtocolIT(Suite suite) {
        gateway = suite.gateway();
    }

    @Test
    void haproxySaysWhoseConnectionsItPassesOn() throws Exception {
        Path haproxy = Stream.of("/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(haproxy != null, "haproxy is not installed");
        int version1 = Ports.free();
        int version2 = Ports.free();
        Path file = Files.writeString(
                folder.resolve("haproxy.cfg"), CONFIGURATION.formatted(version1, version2, gateway.port("proxied")));
        Process balancer = new ProcessBuilder(haproxy.toString(), "-db", "-f", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("haproxy.log").toFile())
                .start();
        try {
            for (int port : List.of(version1, version2)) {
                try (ForeignClient client = connect(port)) {
                    assertThat(client.call("hello")).isEqualTo("HELLO");
                    assertThat(remotes()).contains("127.0.0.1:" + client.localPort());
                }
            }
        } finally {
            balancer.destroy();
            balancer.waitFor();
        }
    }

    @Test
    void whoSaysNothingIsNotServed() throws Exception {
        double before = gateway.closed("proxied", "BAD_PROXY_HEADER");
        try (ForeignClient client = new ForeignClient(gateway.port("proxied"), ClientFraming.LF)) {
            client.send("hello".getBytes(UTF_8));
            client.awaitEnd();
        }
        await().untilAsserted(() ->
                assertThat(gateway.closed("proxied", "BAD_PROXY_HEADER")).isEqualTo(before + 1));
    }

    private static ForeignClient connect(int port) {
        return await().ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> new ForeignClient(port, ClientFraming.LF), client -> true);
    }

    private List<String> remotes() {
        return Http.json(gateway.process().httpPort(), "/admin/connections?listener=proxied")
                .get("connections")
                .valueStream()
                .map(connection -> connection.get("remote").asString())
                .toList();
    }
}
