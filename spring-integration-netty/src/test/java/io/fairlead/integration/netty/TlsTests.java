package io.fairlead.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.integration.ip.tcp.connection.TcpConnectionExceptionEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionOpenEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;
import org.springframework.messaging.support.GenericMessage;

class TlsTests {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    static Path directory;

    private static KeyStore keyStore;

    private final NettyTransport transport = NettyTransport.create(1, "tls");
    private final NettyTcpServerConnectionFactory server = new NettyTcpServerConnectionFactory(0);
    private final List<Object> events = new CopyOnWriteArrayList<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private NettyTcpClientConnectionFactory client;

    @BeforeAll
    static void makeKey() throws Exception {
        Path file = directory.resolve("server.p12");
        File keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toFile();
        Process process = new ProcessBuilder(
                        keytool.getPath(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD),
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        keyStore = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keyStore.load(in, PASSWORD);
        }
    }

    @BeforeEach
    void startServer() throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(keyStore, PASSWORD);
        server.setTransport(transport);
        server.setSslContext(SslContextBuilder.forServer(keys).build());
        server.setBatching(true);
        server.setPipeline(pipeline -> pipeline.addLast(new LineBasedFrameDecoder(100_000, false, true)));
        server.setApplicationEventPublisher(events::add);
        server.setConnectionObserver(new NettyConnectionObserver() {
            @Override
            public void opened(NettyTcpConnection connection) {
                calls.add("opened " + (connection.getSslSession() != null));
            }

            @Override
            public void failed(NettyTcpConnection connection, Throwable cause) {
                calls.add("failed");
                connection.closeExceptionally(cause);
            }

            @Override
            public void closed(NettyTcpConnection connection, Throwable cause) {
                calls.add("closed");
            }
        });
        server.registerListener(message -> {
            ReadBatch batch = (ReadBatch) message.getPayload();
            NettyTcpConnection connection =
                    (NettyTcpConnection) message.getHeaders().get(NettyTcpConnection.CONNECTION_HEADER);
            for (int i = 0; i < batch.size(); i++) {
                connection.write((ByteBuf) batch.take(i));
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        if (client != null) {
            client.stop();
        }
        server.stop();
        transport.close();
    }

    @Test
    void aProxyProtocolHeaderComesBeforeTheHandshake() throws Exception {
        server.stop();
        server.setProxyProtocol(new ProxyProtocol(true, remote -> true, Duration.ofSeconds(20), (remote, cause) -> {}));
        server.start();
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keyStore);
        javax.net.ssl.SSLContext context = javax.net.ssl.SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (Socket plain = Sockets.connectTo(server)) {
            Sockets.send(plain, "PROXY TCP4 10.1.2.3 10.9.9.9 1000 7401\r\n");
            Socket secure = context.getSocketFactory().createSocket(plain, "localhost", server.getPort(), true);
            Sockets.send(secure, "hi\n");
            assertThat(Sockets.receive(secure, 3)).isEqualTo("hi\n");
            assertThat(server.getOpenConnectionIds()).singleElement().asString().startsWith("10.1.2.3:1000:");
        }
        assertThat(calls).contains("opened true");
    }

    private static SslContext trusting() throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keyStore);
        return SslContextBuilder.forClient().trustManager(trust).build();
    }

    private void startClient(String host, SslContext context, StringBuffer received) {
        client = new NettyTcpClientConnectionFactory(host, server.getPort());
        client.setTransport(transport);
        client.setSslContext(context);
        client.setBatching(true);
        client.registerListener(message -> {
            ReadBatch batch = (ReadBatch) message.getPayload();
            for (int i = 0; i < batch.size(); i++) {
                received.append(((ByteBuf) batch.get(i)).toString(StandardCharsets.UTF_8));
            }
        });
        client.start();
    }

    @Test
    void echoesOverTls() throws Exception {
        StringBuffer received = new StringBuffer();
        startClient("localhost", trusting(), received);
        TcpConnectionSupport connection = client.connect().get(10, TimeUnit.SECONDS);
        assertThat(connection.getSslSession()).isNotNull();
        String line = "x".repeat(50_000) + "\n";
        connection.send(new GenericMessage<>(Unpooled.copiedBuffer(line, StandardCharsets.UTF_8)));
        await().untilAsserted(() -> assertThat(received).hasToString(line));
        connection.close();
        await().untilAsserted(() -> assertThat(calls).containsExactly("opened true", "closed"));
    }

    @Test
    void replyIsFlushedBeforeAnOrderlyClose() throws Exception {
        StringBuffer received = new StringBuffer();
        startClient("localhost", trusting(), received);
        TcpConnectionSupport connection = client.connect().get(10, TimeUnit.SECONDS);
        connection.send(new GenericMessage<>(Unpooled.copiedBuffer("last words\n", StandardCharsets.UTF_8)));
        connection.shutdownOutput();
        await().untilAsserted(() -> assertThat(received).hasToString("last words\n"));
        await().untilAsserted(() -> assertThat(connection.isOpen()).isFalse());
    }

    @Test
    void untrustedServerFailsTheConnect() throws Exception {
        startClient("localhost", SslContextBuilder.forClient().build(), new StringBuffer());
        assertThat(client.connect())
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(SSLException.class);
        await().untilAsserted(() -> assertThat(calls).containsExactly("failed"));
        assertThat(server.getOpenConnectionIds()).isEmpty();
        assertThat(client.getOpenConnectionIds()).isEmpty();
    }

    @Test
    void plainBytesFailTheHandshakeOnce() throws Exception {
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "GET / HTTP/1.0\r\n\r\n");
            socket.getInputStream().readAllBytes();
        }
        await().untilAsserted(() -> assertThat(server.getOpenConnectionIds()).isEmpty());
        assertThat(calls).containsExactly("failed");
        assertThat(events.stream().filter(TcpConnectionExceptionEvent.class::isInstance))
                .hasSize(1);
        assertThat(events.stream().filter(TcpConnectionOpenEvent.class::isInstance))
                .isEmpty();
    }
}
