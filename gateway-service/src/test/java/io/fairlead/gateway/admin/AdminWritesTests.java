package io.fairlead.gateway.admin;

import static io.fairlead.gateway.admin.AdminServer.admin;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.listener.Listener;
import io.fairlead.gateway.listener.Listeners;
import io.fairlead.link.CloseReason;
import io.fairlead.wire.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class AdminWritesTests {
    private static Listener listener(AdminServer gateway, String name) {
        return gateway.context.getBean(Listeners.class).all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Socket connect(Listener listener) throws IOException {
        Socket socket = new Socket("127.0.0.1", listener.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static String onlyConnection(Listener listener) {
        await().until(() -> listener.connections().size() == 1);
        return listener.connections().getFirst().id();
    }

    @Test
    void closesAForeignConnectionThatIsIdleAndSaysWhoDidIt(CapturedOutput output) throws Exception {
        try (AdminServer gateway = AdminServer.withPassword();
                Socket client = connect(listener(gateway, "lines"))) {
            String id = onlyConnection(listener(gateway, "lines"));

            HttpResponse<String> answer = gateway.post("/admin/connections/" + id + "/close", admin());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("\"closed\":true");
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(listener(gateway, "lines").closed()).containsEntry(CloseReason.ADMIN_CLOSE, 1L);
            assertThat(output)
                    .containsPattern("who=\"admin\" from=\"127.0.0.1\" what=close-connection object=\"" + id
                            + "\" outcome=\"closed\" at=20\\d\\d-.*Z");
        }
    }

    @Test
    void aHalfSentMessageIsWaitedForUnlessForced(CapturedOutput output) throws Exception {
        try (AdminServer gateway = AdminServer.withPassword();
                Socket client = connect(listener(gateway, "lines"))) {
            client.getOutputStream().write("half".getBytes(UTF_8));
            String id = onlyConnection(listener(gateway, "lines"));
            // The reply tells that the half message has been read.
            client.getOutputStream().write("\nhalf".getBytes(UTF_8));
            assertThat(client.getInputStream().read()).isEqualTo('E');

            HttpResponse<String> answer = gateway.post("/admin/connections/" + id + "/close?waitMillis=50", admin());
            assertThat(answer.statusCode()).isEqualTo(202);
            assertThat(answer.body()).contains("\"closed\":false", "force=true");
            assertThat(output).contains("outcome=\"will close: 0 calls in flight\"");

            assertThat(gateway.post("/admin/connections/" + id + "/close?force=true", admin())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(output).contains("what=close-connection-now");
        }
    }

    @Test
    void anUnknownConnectionIsNotFoundAndAStrangersTextStaysInItsField(CapturedOutput output) throws Exception {
        try (AdminServer gateway = AdminServer.withPassword()) {
            HttpResponse<String> answer = gateway.post("/admin/connections/a%22%0Ab/close", admin());
            assertThat(answer.statusCode()).isIn(400, 404);
            answer = gateway.post("/admin/connections/nobody/close", admin());
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("/admin/connections");
            assertThat(output)
                    .contains("object=\"nobody\" outcome=\"no such connection\"")
                    .doesNotContain("\nb");
        }
    }

    @Test
    void aStrangerChangesNothing() throws Exception {
        try (AdminServer gateway = AdminServer.withPassword();
                Socket client = connect(listener(gateway, "lines"))) {
            String id = onlyConnection(listener(gateway, "lines"));
            assertThat(gateway.post("/admin/connections/" + id + "/close", null).statusCode())
                    .isEqualTo(401);
            assertThat(gateway.post("/admin/drain", null).statusCode()).isEqualTo(401);
            assertThat(gateway.get("/admin/drain", admin()).body()).contains("\"state\":\"SERVING\"");
            assertThat(client.isClosed()).isFalse();
            assertThat(listener(gateway, "lines").connections()).hasSize(1);
        }
    }

    @Test
    void closesANativeConnectionWithAGoAway() throws Exception {
        try (AdminServer gateway = AdminServer.withPassword();
                Socket client = connect(listener(gateway, "native"))) {
            ByteBuf hello = Unpooled.buffer();
            Hello.of("client", "test", 1000, 1 << 20).encode(hello);
            hello.readBytes(client.getOutputStream(), hello.readableBytes());
            String id = onlyConnection(listener(gateway, "native"));

            assertThat(gateway.post("/admin/connections/" + id + "/close", admin())
                            .statusCode())
                    .isEqualTo(200);

            assertThat(new String(client.getInputStream().readAllBytes(), UTF_8))
                    .contains("closed by an administrator");
        }
    }

    @Test
    void drainsItselfAndStaysUpToSaySo(CapturedOutput output) throws Exception {
        try (AdminServer gateway = AdminServer.withPassword();
                Socket client = connect(listener(gateway, "lines"))) {
            onlyConnection(listener(gateway, "lines"));
            int port = listener(gateway, "lines").port();

            assertThat(gateway.post("/admin/drain", admin()).statusCode()).isEqualTo(202);

            assertThat(client.getInputStream().read()).isEqualTo(-1);
            await().untilAsserted(() ->
                    assertThat(gateway.get("/admin/drain", admin()).body()).contains("\"state\":\"DRAINED\""));
            HttpResponse<String> readiness = gateway.manage("/actuator/health/readiness", null);
            assertThat(readiness.statusCode()).isEqualTo(503);
            assertThat(readiness.body()).contains("the gateway drains: DRAINED", "OUT_OF_SERVICE");
            assertThat(gateway.manage("/actuator/health/liveness", null).statusCode())
                    .isEqualTo(200);
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> new Socket("127.0.0.1", port).close()))
                    .isInstanceOf(ConnectException.class);
            assertThat(gateway.post("/admin/drain", admin()).statusCode()).isEqualTo(202);
            assertThat(output)
                    .contains("what=drain object=\"gateway\" outcome=\"begun\"")
                    .contains("what=drain object=\"gateway\" outcome=\"had begun before\"");
        }
    }
}
