package io.fairlead.cli.suite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminSiteTests {
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private volatile int status = 200;
    private volatile String body = "{}";
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] answer = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private AdminSite site() {
        return AdminSite.at("http://127.0.0.1:" + server.getAddress().getPort() + "/", "ann", "secret");
    }

    @Test
    void asksWithTheAccountAndReadsJson() {
        body = "{\"a\":1}";
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("key", "a b&c");
        parameters.put("service", null);

        assertThat(site().get("/admin/outcome" + AdminSite.query(parameters))
                        .path("a")
                        .asInt())
                .isEqualTo(1);
        site().post("/admin/messages/1/drop");

        assertThat(asked)
                .containsExactly(
                        "GET /admin/outcome?key=a%20b%26c Basic YW5uOnNlY3JldA==",
                        "POST /admin/messages/1/drop Basic YW5uOnNlY3JldA==");
    }

    @Test
    void saysWhatTheGatewaySays() {
        status = 409;
        body = "{\"detail\":\"it has ended\"}";
        assertThatThrownBy(() -> site().post("/admin/messages/1/drop"))
                .isInstanceOf(SuiteException.class)
                .hasMessageContaining("it has ended");
        status = 401;
        body = "";
        assertThatThrownBy(() -> site().get("/admin/books"))
                .hasMessageContaining("wrong user or password")
                .hasMessageNotContaining("secret");
        status = 404;
        assertThatThrownBy(() -> site().get("/admin/messages/1"))
                .isInstanceOfSatisfying(
                        AdminRefusal.class, e -> assertThat(e.isNotFound()).isTrue());
    }

    @Test
    void saysThatNobodyAnswers() {
        server.stop(0);
        assertThatThrownBy(() -> site().get("/admin/books")).hasMessageContaining("does not answer");
        assertThatThrownBy(() -> AdminSite.at("gateway:8080", "ann", "secret"))
                .hasMessageContaining("http://HOST:PORT");
    }
}
