package io.fairlead.integration.netty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.ProxyHeaderException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.LineBasedFrameDecoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@ValueSource(booleans = {true, false})
class ProxyProtocolTests {
    private static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

    /// PROXY, TCP over IPv4, 12 bytes: 10.1.2.3:1000 to 10.9.9.9:7401.
    private static final String V2 = SIGNATURE + "!\21\0\14\n\1\2\3\n\11\11\11\3\350\34\351";

    /// PROXY, TCP over IPv6, 36 bytes: 2001:db8::1 port 1000.
    private static final String V2_IPV6 =
            SIGNATURE + "!!\0$ \1\r\270" + "\0".repeat(11) + "\1" + "\0".repeat(15) + "\1\3\350\34\351";

    /// LOCAL: a health check of the balancer.
    private static final String V2_LOCAL = SIGNATURE + " \0\0\0";

    private final NettyTransport transport;
    private final NettyTcpServerConnectionFactory server = new NettyTcpServerConnectionFactory(0);
    private final List<Reason> refused = new CopyOnWriteArrayList<>();

    ProxyProtocolTests(boolean epoll) {
        this.transport = NettyTransport.create(1, "proxy", epoll);
    }

    @AfterEach
    void stop() {
        server.stop();
        transport.close();
    }

    /// Answers each line with the address that it is said to have come from.
    private void start(boolean required, Predicate<InetSocketAddress> trusted, Duration timeout) {
        server.setTransport(transport);
        server.setBatching(true);
        server.setPipeline(pipeline -> pipeline.addLast(new LineBasedFrameDecoder(1000, true, true)));
        server.setProxyProtocol(
                new ProxyProtocol(required, trusted, timeout, (remote, failure) -> refused.add(failure.reason())));
        server.registerListener(message -> {
            ReadBatch batch = (ReadBatch) message.getPayload();
            NettyTcpConnection connection =
                    (NettyTcpConnection) message.getHeaders().get(NettyTcpConnection.CONNECTION_HEADER);
            for (int i = 0; i < batch.size(); i++) {
                String text = ((ByteBuf) batch.get(i)).toString(ISO_8859_1);
                String from = connection.getHostAddress() + " " + connection.getPort() + " " + text + "\n";
                connection.write(Unpooled.copiedBuffer(from, ISO_8859_1));
            }
        });
        server.start();
    }

    private void start(boolean required) {
        start(required, remote -> true, Duration.ofSeconds(20));
    }

    private String exchange(String sent, boolean byteByByte) throws IOException {
        try (Socket socket = Sockets.connectTo(server)) {
            byte[] bytes = sent.getBytes(ISO_8859_1);
            if (byteByByte) {
                for (byte each : bytes) {
                    socket.getOutputStream().write(each);
                }
            } else {
                socket.getOutputStream().write(bytes);
            }
            StringBuilder line = new StringBuilder();
            for (int c = socket.getInputStream().read();
                    c > 0 && c != '\n';
                    c = socket.getInputStream().read()) {
                line.append((char) c);
            }
            return line.toString();
        }
    }

    @Test
    void bothVersionsTellWhoTheClientIs() throws IOException {
        start(true);
        for (boolean pieces : new boolean[] {false, true}) {
            assertThat(exchange("PROXY TCP4 10.1.2.3 10.9.9.9 1000 7401\r\nhi\n", pieces))
                    .isEqualTo("10.1.2.3 1000 hi");
            assertThat(exchange("PROXY TCP6 2001:db8::1 ::1 1000 7401\r\nhi\n", pieces))
                    .isEqualTo("2001:db8:0:0:0:0:0:1 1000 hi");
            assertThat(exchange(V2 + "hi\n", pieces)).isEqualTo("10.1.2.3 1000 hi");
            assertThat(exchange(V2_IPV6 + "hi\n", pieces)).isEqualTo("2001:db8:0:0:0:0:0:1 1000 hi");
        }
        assertThat(refused).isEmpty();
    }

    @Test
    void aHeaderThatNamesNobodyLeavesThePeersOwnAddress() throws IOException {
        start(true);
        assertThat(exchange(V2_LOCAL + "hi\n", false)).startsWith("127.0.0.1 ").endsWith(" hi");
        assertThat(exchange("PROXY UNKNOWN\r\nhi\n", true))
                .startsWith("127.0.0.1 ")
                .endsWith(" hi");
    }

    @Test
    void garbageEndsTheConnectionWhereAHeaderIsRequired() throws IOException {
        start(true);
        assertThat(exchange("hi\n", false)).isEmpty();
        assertThat(exchange("PROXY TCP4 not-an-address 10.9.9.9 1000 7401\r\nhi\n", false))
                .isEmpty();
        assertThat(exchange("PROXY TCP4 " + "1".repeat(200) + "\r\n", false)).isEmpty();
        assertThat(exchange(SIGNATURE + "q\21\0\14" + "\0".repeat(12), true)).isEmpty();
        // Netty's decoder closes before it says why.
        await().untilAsserted(() -> assertThat(refused)
                .containsExactly(Reason.MISSING, Reason.MALFORMED, Reason.MALFORMED, Reason.MALFORMED));
    }

    @Test
    void whereItIsOptionalOthersAreServedAsTheyAre() throws IOException {
        start(false);
        assertThat(exchange("hi\n", true)).startsWith("127.0.0.1 ").endsWith(" hi");
        assertThat(exchange("PROXIMITY\n", true)).endsWith(" PROXIMITY");
        assertThat(exchange("PROXY TCP4 10.1.2.3 10.9.9.9 1000 7401\r\nhi\n", true))
                .isEqualTo("10.1.2.3 1000 hi");
    }

    @Test
    void aHeaderOfAStrangerIsNotBelieved() throws IOException {
        start(false, remote -> false, Duration.ofSeconds(20));
        assertThat(exchange("PROXY TCP4 10.1.2.3 10.9.9.9 1000 7401\n", false))
                .startsWith("127.0.0.1 ")
                .contains("PROXY");
    }

    @Test
    void aStrangerIsRefusedWhereAHeaderIsRequired() throws IOException {
        start(true, remote -> false, Duration.ofSeconds(20));
        try (Socket socket = Sockets.connectTo(server)) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(refused).containsExactly(Reason.UNTRUSTED);
    }

    @Test
    void aHeaderHasToComeInTime() throws IOException {
        start(true, remote -> true, Duration.ofMillis(100));
        assertThat(exchange("PROXY TCP4 10.", false)).isEmpty();
        assertThat(exchange("", false)).isEmpty();
        assertThat(refused).containsExactly(Reason.TIMEOUT, Reason.TIMEOUT);
    }

    @Test
    void whereItIsOptionalASilentClientIsServedAfterTheTimeout() throws IOException {
        start(false, remote -> true, Duration.ofMillis(50));
        try (Socket socket = Sockets.connectTo(server)) {
            await().until(() -> server.getOpenConnectionIds().size() == 1);
            Sockets.send(socket, "hi\n");
            assertThat(Sockets.receive(socket, 9)).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void aCheckThatOnlyConnectsIsForgotten() throws IOException {
        start(true);
        Sockets.connectTo(server).close();
        assertThat(exchange(V2 + "hi\n", false)).isEqualTo("10.1.2.3 1000 hi");
        assertThat(refused).isEmpty();
    }

    @Test
    void theHostsNameIsLookedUpBehindTheHeader() throws IOException {
        server.setLookupHost(true);
        start(true);
        assertThat(exchange("PROXY TCP4 127.0.0.1 10.9.9.9 1000 7401\r\nhi\nho\n", false))
                .isEqualTo("127.0.0.1 1000 hi");
    }

    @Test
    void aRampDelaysButRefusesNobody() throws IOException {
        server.setAcceptRamp(new AcceptRamp(2, Duration.ofMillis(50), Duration.ofMinutes(1)));
        start(false);
        for (int i = 0; i < 30; i++) {
            assertThat(exchange("hi\n", false)).endsWith(" hi");
        }
    }
}
