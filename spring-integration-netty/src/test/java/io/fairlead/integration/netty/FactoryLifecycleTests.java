package io.fairlead.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.integration.config.EnableIntegration;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.ip.dsl.Tcp;
import org.springframework.integration.ip.tcp.connection.TcpConnectionFailedEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionServerExceptionEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionServerListeningEvent;

class FactoryLifecycleTests {

    private final NettyTcpServerConnectionFactory server = new NettyTcpServerConnectionFactory(0);
    private final NettyTcpClientConnectionFactory client = new NettyTcpClientConnectionFactory("127.0.0.1", 1);
    private final List<Object> events = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        client.stop();
        server.stop();
    }

    private void start() {
        server.setApplicationEventPublisher(events::add);
        server.registerListener(message -> {});
        server.start();
    }

    private List<Object> events(Class<?> type) {
        return events.stream().filter(type::isInstance).toList();
    }

    @Test
    void startBindsBeforeItReturnsAndSaysSo() {
        start();
        assertThat(server.isListening()).isTrue();
        assertThat(server.isRunning()).isTrue();
        assertThat(server.getPort()).isPositive();
        assertThat(server.getServerSocketAddress())
                .isInstanceOfSatisfying(
                        InetSocketAddress.class,
                        address -> assertThat(address.getPort()).isEqualTo(server.getPort()));
        assertThat(events(TcpConnectionServerListeningEvent.class)).hasSize(1);
    }

    @Test
    void takenPortFailsTheStartAndNamesPortAndRemedy() throws IOException {
        try (ServerSocket other = new ServerSocket(0)) {
            NettyTcpServerConnectionFactory second = new NettyTcpServerConnectionFactory(other.getLocalPort());
            second.setApplicationEventPublisher(events::add);
            second.registerListener(message -> {});
            assertThatThrownBy(second::start)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("port " + other.getLocalPort())
                    .hasMessageContaining("choose another");
            assertThat(second.isListening()).isFalse();
            assertThat(second.isRunning()).isFalse();
            assertThat(events(TcpConnectionServerExceptionEvent.class)).hasSize(1);
        }
    }

    @Test
    void listensOnTheSameAddressAgainAfterAStop() throws IOException {
        start();
        int port = server.getPort();
        try (Socket socket = Sockets.connectTo(server)) {
            // The kernel resets what it has accepted and we have not.
            await().until(() -> server.getOpenConnectionIds().size() == 1);
            server.stop();
            assertThat(Sockets.receiveAll(socket)).isEmpty();
        }
        assertThat(server.isListening()).isFalse();
        assertThat(server.isRunning()).isFalse();
        assertThat(server.getServerSocketAddress()).isNull();
        server.setPort(port);
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            assertThat(server.getPort()).isEqualTo(port);
            await().until(() -> server.getOpenConnectionIds().size() == 1);
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void bindsNothingWithoutAListener() {
        server.start();
        assertThat(server.isListening()).isFalse();
        assertThat(server.isRunning()).isFalse();
    }

    @Test
    void bindsTheGivenAddressOnly() {
        server.setLocalAddress("127.0.0.1");
        start();
        assertThat(((InetSocketAddress) server.getServerSocketAddress())
                        .getAddress()
                        .isLoopbackAddress())
                .isTrue();
    }

    @Test
    void rejectsConnectionsOnceShutdownHasBegun() throws IOException {
        start();
        server.beforeShutdown();
        try (Socket socket = Sockets.connectTo(server)) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (SocketException e) { // the refusal may also come as a reset
            assertThat(e).hasMessageContaining("reset");
        }
        assertThat(server.getOpenConnectionIds()).isEmpty();
    }

    @Test
    void looksUpHostNamesWithoutTheLoop() throws IOException {
        server.setLookupHost(true);
        List<String> names = new CopyOnWriteArrayList<>();
        server.setConnectionObserver(new NettyConnectionObserver() {
            @Override
            public void opened(NettyTcpConnection connection) {
                names.add(connection.getHostName());
            }
        });
        start();
        try (Socket socket = Sockets.connectTo(server)) {
            await().until(() -> names.size() == 1);
            assertThat(names.get(0)).isEqualTo(socket.getInetAddress().getCanonicalHostName());
        }
    }

    @Test
    void refusedConnectionFailsTheFutureAndPublishes() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            client.setPort(free.getLocalPort());
        }
        client.setApplicationEventPublisher(events::add);
        client.start();
        assertThat(client.connect())
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(ConnectException.class);
        await().until(() -> events(TcpConnectionFailedEvent.class).size() == 1);
        assertThatThrownBy(client::getConnection)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("Cannot connect to 127.0.0.1");
    }

    @Test
    void unknownHostFailsTheFuture() {
        client.setHost("no-such-host.invalid");
        client.start();
        assertThat(client.connect())
                .failsWithin(Duration.ofSeconds(20))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(UnknownHostException.class);
    }

    @Test
    void stoppedClientDoesNotConnect() {
        assertThatThrownBy(client::connect)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("not been started");
    }

    @Test
    void clientConnectsByNameAndAgainAfterARestart() throws Exception {
        start();
        NettyTcpClientConnectionFactory byName = new NettyTcpClientConnectionFactory("localhost", server.getPort());
        for (int i = 0; i < 2; i++) {
            byName.start();
            assertThat(byName.connect().get(10, TimeUnit.SECONDS).isOpen()).isTrue();
            byName.stop();
            assertThat(byName.getOpenConnectionIds()).isEmpty();
        }
    }

    @Test
    void wrongSettingsAreRefusedWithValueAndBound() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> server.setMaxConnections(0))
                .withMessage("maxConnections: 0 (expected: >= 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> server.setUserTimeout(Duration.ZERO))
                .withMessageContaining("userTimeout: PT0S");
        assertThatIllegalArgumentException().isThrownBy(() -> client.setConnectTimeout(Duration.ofDays(365)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NettyTransport.create(0, "none"))
                .withMessage("loops: 0 (expected: >= 1)");
    }

    @Test
    void contradictorySettingsFailTheStart() throws Exception {
        server.registerListener(message -> {});
        server.setSslContext(SslContextBuilder.forClient().build());
        assertThatIllegalStateException().isThrownBy(server::start).withMessageContaining("forServer");
        assertThat(server.isRunning()).isFalse();
        server.setSslContext(null);
        server.setMaxBufferedBytes(1000);
        server.setWriteBufferWaterMark(new WriteBufferWaterMark(1000, 2000));
        assertThatIllegalStateException().isThrownBy(server::start).withMessageContaining("maxBufferedBytes: 1000");
    }

    @Test
    void worksAsBeansOfAnIntegrationFlow() throws IOException {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(UpperCase.class)) {
            NettyTcpServerConnectionFactory bean = context.getBean(NettyTcpServerConnectionFactory.class);
            await().until(() -> context.getBean(UpperCase.class).listening.size() == 1);
            try (Socket socket = Sockets.connectTo(bean)) {
                Sockets.send(socket, "hello\r\n");
                assertThat(Sockets.receive(socket, 7)).isEqualTo("HELLO\r\n");
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableIntegration
    static class UpperCase {

        final List<TcpConnectionServerListeningEvent> listening = new CopyOnWriteArrayList<>();

        @Bean
        NettyTcpServerConnectionFactory server() {
            return new NettyTcpServerConnectionFactory(0);
        }

        @Bean
        IntegrationFlow upperCase(NettyTcpServerConnectionFactory server) {
            return IntegrationFlow.from(Tcp.inboundGateway(server))
                    .transform(
                            byte[].class, bytes -> new String(bytes, StandardCharsets.UTF_8).toUpperCase(Locale.ROOT))
                    .get();
        }

        @EventListener
        void listening(TcpConnectionServerListeningEvent event) {
            listening.add(event);
        }
    }
}
