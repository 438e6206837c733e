package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.CallHandler;
import io.fairlead.wire.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProxyProtocolListenerTests {
    private static final String HEADER = "PROXY TCP4 10.1.2.3 10.9.9.9 1000 7401\r\n";
    private static final CallHandler WHO = call ->
            call.reply(String.valueOf(call.metadata().get("client-address")).getBytes(UTF_8));

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private Listener lines(String... settings) {
        Map<String, String> all = new HashMap<>(Map.of("framing", "lf", "call", "a/b", "dialect", "text"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return rig.listener(all);
    }

    private static Socket connect(Listener listener) throws IOException {
        Socket socket = new Socket("127.0.0.1", listener.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static String exchange(Listener listener, String sent) throws IOException {
        try (Socket socket = connect(listener)) {
            socket.getOutputStream().write(sent.getBytes(US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
        }
    }

    @Test
    void theClientsAddressIsShownAndToldToTheWorker() throws IOException {
        rig.worker("w1", Map.of("a/b", WHO));
        Listener listener = lines("proxy-protocol", "required");
        try (Socket socket = connect(listener)) {
            socket.getOutputStream().write((HEADER + "who\n").getBytes(US_ASCII));
            assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine())
                    .isEqualTo("10.1.2.3:1000");
            assertThat(listener.connections())
                    .singleElement()
                    .satisfies(status -> assertThat(status.remote()).isEqualTo("10.1.2.3:1000"));
        }
    }

    @Test
    void aNativeClientsAddressIsShownToo() throws IOException {
        Listener listener = rig.listener(Map.of("framing", "native", "proxy-protocol", "required"));
        try (Socket socket = connect(listener)) {
            ByteBuf hello = Unpooled.buffer();
            hello.writeCharSequence(HEADER, US_ASCII);
            Hello.of("client", "test", 1000, 1 << 20).encode(hello);
            hello.readBytes(socket.getOutputStream(), hello.readableBytes());
            await().untilAsserted(() -> assertThat(listener.connections())
                    .extracting(ConnectionStatus::remote)
                    .containsExactly("10.1.2.3:1000"));
        }
    }

    @Test
    void whatIsWrongWithAHeaderIsCounted() throws IOException {
        rig.worker("w1", Map.of("a/b", WHO));
        Listener required = lines("proxy-protocol", "required", "first-byte-timeout", "200ms");

        assertThat(exchange(required, "who\n")).isNull();
        assertThat(exchange(required, "PROXY TCP4 10.")).isNull();

        assertThat(rig.closedConnections("BAD_PROXY_HEADER")).isEqualTo(1);
        assertThat(rig.closedConnections("PROXY_HEADER_TIMEOUT")).isEqualTo(1);
    }

    @Test
    void onlyBalancersAreBelieved() throws IOException {
        rig.worker("w1", Map.of("a/b", WHO));
        Listener strict = lines("proxy-protocol", "required", "proxy-protocol-from", "10.0.0.0/8, fd00::/8");

        assertThat(exchange(strict, "")).isNull();

        assertThat(rig.closedConnections("UNTRUSTED_PROXY")).isEqualTo(1);
    }

    @Test
    void withoutProxyProtocolNoAddressIsTold() throws IOException {
        rig.worker("w1", Map.of("a/b", WHO));
        assertThat(exchange(lines(), "who\n")).isEqualTo("null");
    }

    @Test
    void aMalformedSubnetIsNamed() {
        assertThatThrownBy(() -> lines("proxy-protocol-from", "10.0.0.0/99"))
                .isInstanceOf(ListenerException.class)
                .hasMessageContaining("proxy-protocol-from: '10.0.0.0/99'");
        assertThatThrownBy(() -> lines("proxy-protocol-from", "balancer.example"))
                .hasMessageContaining("'balancer.example'");
    }
}
