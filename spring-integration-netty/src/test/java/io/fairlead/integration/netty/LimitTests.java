package io.fairlead.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.LineBasedFrameDecoder;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.messaging.MessagingException;
import org.springframework.messaging.support.GenericMessage;

@ParameterizedClass
@ValueSource(booleans = {true, false})
class LimitTests {

    private final NettyTransport transport;
    private final NettyTcpServerConnectionFactory server = new NettyTcpServerConnectionFactory(0);
    private final List<NettyTcpConnection> opened = new CopyOnWriteArrayList<>();
    private final List<Throwable> causes = new CopyOnWriteArrayList<>();

    LimitTests(boolean epoll) {
        this.transport = NettyTransport.create(2, "limits", epoll);
    }

    @BeforeEach
    void configure() {
        server.setTransport(transport);
        server.setBatching(true);
        server.setCloseTimeout(Duration.ofMillis(200));
        server.setPipeline(pipeline -> pipeline.addLast(new LineBasedFrameDecoder(1000, false, true)));
        server.setConnectionObserver(new NettyConnectionObserver() {
            @Override
            public void opened(NettyTcpConnection connection) {
                opened.add(connection);
            }

            @Override
            public void closed(NettyTcpConnection connection, Throwable cause) {
                if (cause != null) {
                    causes.add(cause);
                }
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
    }

    @AfterEach
    void stop() {
        server.stop();
        transport.close();
    }

    private static void assertEchoes(Socket socket) throws IOException {
        Sockets.send(socket, "ping\n");
        assertThat(Sockets.receive(socket, 5)).isEqualTo("ping\n");
    }

    @Test
    void acceptsABurstOfAThousandConnections() throws IOException {
        server.start();
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                sockets.add(Sockets.connectTo(server));
            }
            for (Socket socket : sockets) {
                Sockets.send(socket, "x\n");
            }
            for (Socket socket : sockets) {
                assertThat(Sockets.receive(socket, 2)).isEqualTo("x\n");
            }
            assertThat(server.getOpenConnectionIds()).hasSize(1000);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        await().untilAsserted(() -> assertThat(server.getOpenConnectionIds()).isEmpty());
    }

    @Test
    void acceptsNoMoreThanTheLimitUntilOneHasClosed() throws IOException {
        server.setMaxConnections(2);
        server.start();
        try (Socket first = Sockets.connectTo(server);
                Socket second = Sockets.connectTo(server);
                Socket third = Sockets.connectTo(server)) {
            assertEchoes(first);
            assertEchoes(second);
            Sockets.send(third, "ping\n");
            third.setSoTimeout(200);
            assertThatThrownBy(() -> third.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            assertThat(opened).hasSize(2);
            first.shutdownOutput();
            assertThat(Sockets.receiveAll(first)).isEmpty();
            third.setSoTimeout(Sockets.READ_TIMEOUT_MILLIS);
            assertThat(Sockets.receive(third, 5)).isEqualTo("ping\n");
            assertEchoes(second);
        }
        try (Socket later = Sockets.connectTo(server)) {
            assertEchoes(later);
        }
    }

    @Test
    void slowReaderLosesItsOwnConnectionOnly() throws IOException {
        server.setMaxBufferedBytes(1_000_000);
        server.start();
        try (Socket slow = Sockets.connectTo(server);
                Socket other = Sockets.connectTo(server)) {
            assertEchoes(slow);
            assertEchoes(other);
            NettyTcpConnection connection = opened.stream()
                    .filter(candidate -> candidate.getPort() == slow.getLocalPort())
                    .findFirst()
                    .orElseThrow();
            long sent = 0;
            while (connection.write(Unpooled.wrappedBuffer(new byte[100_000])) && sent < 1_000_000_000) {
                sent += 100_000;
            }
            await().until(() -> causes.size() == 1);
            assertThat(causes.get(0))
                    .isInstanceOf(SlowReaderException.class)
                    .hasMessageContaining("exceed 1000000 (maxBufferedBytes)");
            assertThat(connection.isOpen()).isFalse();
            assertEchoes(other);
        }
    }

    @Test
    void slowReaderIsNotWritableAndRecovers() throws IOException {
        List<Boolean> changes = new CopyOnWriteArrayList<>();
        server.setWriteBufferWaterMark(new WriteBufferWaterMark(50_000, 100_000));
        server.setMaxBufferedBytes(100_000_000);
        server.setConnectionObserver(new NettyConnectionObserver() {
            @Override
            public void opened(NettyTcpConnection connection) {
                opened.add(connection);
            }

            @Override
            public void writabilityChanged(NettyTcpConnection connection) {
                changes.add(connection.isWritable());
            }
        });
        server.start();
        int length = 30_000_000;
        try (Socket slow = Sockets.connectTo(server)) {
            await().until(() -> opened.size() == 1);
            assertThat(opened.get(0).isWritable()).isTrue();
            opened.get(0).write(Unpooled.wrappedBuffer(new byte[length]));
            await().until(() -> changes.contains(false));
            assertThat(opened.get(0).isWritable()).isFalse();
            assertThat(opened.get(0).bufferedBytes()).isPositive();
            assertThat(slow.getInputStream().readNBytes(length)).hasSize(length);
            await().until(() -> opened.get(0).isWritable());
            assertThat(opened.get(0).bufferedBytes()).isZero();
            assertThat(changes).endsWith(true);
        }
    }

    @Test
    void sendingThreadWaitsForTheReaderAtMostTheSendTimeout() throws IOException {
        server.setSendTimeout(Duration.ofMillis(200));
        server.setMaxBufferedBytes(100_000_000);
        server.start();
        try (Socket slow = Sockets.connectTo(server)) {
            assertEchoes(slow);
            NettyTcpConnection connection = opened.get(0);
            connection.write(Unpooled.wrappedBuffer(new byte[30_000_000]));
            await().until(() -> !connection.isWritable());
            assertThatThrownBy(() -> connection.send(
                            new GenericMessage<>(Unpooled.buffer().writeByte(1))))
                    .isInstanceOf(MessagingException.class)
                    .hasStackTraceContaining("PT0.2S (sendTimeout)");
            await().until(() -> causes.size() == 1);
            assertThat(connection.isOpen()).isFalse();
        }
    }

    @Test
    void sendingThreadGoesOnOnceTheReaderReads() throws Exception {
        server.setMaxBufferedBytes(100_000_000);
        server.start();
        int length = 30_000_000;
        try (Socket slow = Sockets.connectTo(server);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertEchoes(slow);
            NettyTcpConnection connection = opened.get(0);
            connection.write(Unpooled.wrappedBuffer(new byte[length]));
            await().until(() -> !connection.isWritable());
            Future<?> sending = threads.submit(
                    () -> connection.send(new GenericMessage<>(Unpooled.buffer().writeByte('!'))));
            assertThat(slow.getInputStream().readNBytes(length + 1)).endsWith('!');
            sending.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void pausedConnectionIsNotRead() throws IOException {
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            assertEchoes(socket);
            opened.get(0).pauseReading();
            // a pass later
            await().until(() -> !opened.get(0).channel().config().isAutoRead());
            Sockets.send(socket, "late\n");
            socket.setSoTimeout(200);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            socket.setSoTimeout(Sockets.READ_TIMEOUT_MILLIS);
            opened.get(0).resumeReading();
            assertThat(Sockets.receive(socket, 5)).isEqualTo("late\n");
        }
    }

    @Test
    void readTimeoutClosesASilentConnection() throws IOException {
        server.setSoTimeout(150);
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            assertEchoes(socket);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        await().until(() -> causes.size() == 1);
        assertThat(causes.get(0)).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void eachThreadsSendsKeepTheirOrder() throws Exception {
        server.start();
        int threads = 8;
        int perThread = 2000;
        try (Socket socket = Sockets.connectTo(server);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            assertEchoes(socket);
            NettyTcpConnection connection = opened.get(0);
            for (int t = 0; t < threads; t++) {
                int thread = t;
                executor.execute(() -> {
                    for (int i = 0; i < perThread; i++) {
                        connection.send(new GenericMessage<>(
                                Unpooled.buffer(5).writeByte(thread).writeInt(i)));
                    }
                });
            }
            ByteBuf received = Unpooled.wrappedBuffer(socket.getInputStream().readNBytes(threads * perThread * 5));
            int[] next = new int[threads];
            while (received.isReadable()) {
                int thread = received.readByte();
                assertThat(received.readInt()).isEqualTo(next[thread]++);
            }
            assertThat(next).containsOnly(perThread);
        }
    }
}
