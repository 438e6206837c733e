package io.fairlead.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.starter.worker.Worker;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The whole worker over real sockets, with no registry.
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.DEFINED_PORT,
        properties = {
            "fairlead.worker.port=0",
            "management.server.port=0",
            "fairlead.registries=127.0.0.1:1",
            "fairlead.inbox.file=${java.io.tmpdir}/fairlead-worker-tests-${random.uuid}.db"
        })
class WorkerApplicationTests {
    private final Worker worker;
    private final Environment environment;
    private final JdbcClient jdbc;

    @Autowired
    WorkerApplicationTests(Worker worker, Environment environment, JdbcClient jdbc) {
        this.jdbc = jdbc;
        this.worker = worker;
        this.environment = environment;
    }

    @Test
    void answersCallsOverLinks() throws Exception {
        try (NettyTransport transport = NettyTransport.create(1, "test");
                CallClient client = new CallClient(
                        transport,
                        List.of(new InetSocketAddress("127.0.0.1", worker.port())),
                        LinkSettings.of("client", "test"),
                        10,
                        new CallClient.Listener() {})) {
            client.start();

            assertThat(call(client, "echo/upper", "straße")).isEqualTo("STRASSE");
            assertThat(call(client, "echo/echo", "as it is")).isEqualTo("as it is");
            assertThat(call(client, "hl7/receive", "MSH|^~\\&|A|B|C|D|20261122||ADT^A01|7|P|2.5\r"))
                    .contains("MSA|AA|7\r");
            assertThat(call(client, "cards/authorize", "080082200000000000000400000000000000" + "1122165900000001301"))
                    .startsWith("0810");
        }
        assertThat(get("/actuator/prometheus").body())
                .contains(
                        "fairlead_worker_calls_seconds_count{application=\"worker\",method=\"upper\","
                                + "service=\"echo\",status=\"OK\"} 1",
                        "fairlead_worker_in_flight");
    }

    @Test
    void keepsDurableMessagesOnceInItsOwnDatabase() throws Exception {
        try (NettyTransport transport = NettyTransport.create(1, "test");
                CallClient client = new CallClient(
                        transport,
                        List.of(new InetSocketAddress("127.0.0.1", worker.port())),
                        LinkSettings.of("client", "test"),
                        10,
                        new CallClient.Listener() {})) {
            client.start();

            for (int i = 0; i < 3; i++) {
                deliver(client, "orders/place", "7-1", "{\"item\":\"apples\",\"quantity\":3}");
                deliver(client, "hl7/store", "7-2", "MSH|^~\\&|A|B|C|D|20261122||ADT^A01|7|P|2.5\r");
            }
        }
        assertThat(jdbc.sql("select item || quantity from orders where message_id = '7-1'")
                        .query(String.class)
                        .list())
                .containsExactly("apples3");
        assertThat(jdbc.sql("select body from hl7_message").query(String.class).list())
                .singleElement()
                .asString()
                .startsWith("MSH|");
        assertThat(get("/actuator/health/readiness").body()).contains("\"inbox\":{\"store\":\"SQLITE");
    }

    private static void deliver(CallClient client, String route, String id, String payload) throws Exception {
        Metadata metadata = Metadata.of(Map.of("message-id", id, "attempt", "1"));
        client.call(new Request(
                        Route.parse(route),
                        metadata,
                        payload.getBytes(UTF_8),
                        Duration.ofSeconds(10),
                        Priority.NORMAL,
                        false,
                        true))
                .get(20, TimeUnit.SECONDS);
    }

    @Test
    void isAliveAndNotReadyWithoutARegistry() throws Exception {
        assertThat(get("/actuator/health/liveness").statusCode()).isEqualTo(200);
        HttpResponse<String> readiness = get("/actuator/health/readiness");
        assertThat(readiness.statusCode()).isEqualTo(503);
        assertThat(readiness.body()).contains("fairleadWorker", "registered with no registry", "127.0.0.1:1");
    }

    @Test
    void servesNothingButTheActuator() {
        assertThat(environment.getProperty("local.server.port")).isIn(null, "-1");
        assertThat(environment.getProperty("local.management.port")).isNotNull();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                    + environment.getRequiredProperty("local.management.port") + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static String call(CallClient client, String route, String payload) throws Exception {
        Reply reply = client.call(Request.of(route, payload.getBytes(UTF_8), Duration.ofSeconds(10)))
                .get(20, TimeUnit.SECONDS);
        return new String(Objects.requireNonNull(reply).payload(), UTF_8);
    }
}
