package io.fairlead.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.TooLongFrameException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.integration.ip.tcp.connection.TcpConnectionCloseEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionExceptionEvent;
import org.springframework.integration.ip.tcp.connection.TcpConnectionOpenEvent;
import org.springframework.integration.ip.tcp.connection.TcpListener;

@ParameterizedClass
@ValueSource(booleans = {true, false})
class ConnectionCloseTests {

    private final NettyTransport transport;
    private final NettyTcpServerConnectionFactory server = new NettyTcpServerConnectionFactory(0);
    private final List<Object> events = new CopyOnWriteArrayList<>();
    private final Recorder recorder = new Recorder();

    ConnectionCloseTests(boolean epoll) {
        this.transport = NettyTransport.create(1, "close", epoll);
    }

    @BeforeEach
    void configure() {
        server.setTransport(transport);
        server.setBatching(true);
        server.setPipeline(pipeline -> pipeline.addLast(new LineBasedFrameDecoder(100, false, true)));
        server.setConnectionObserver(recorder);
        server.setApplicationEventPublisher(events::add);
        server.registerListener(echo());
    }

    @AfterEach
    void stop() {
        server.stop();
        transport.close();
    }

    private static TcpListener echo() {
        return message -> {
            ReadBatch batch = (ReadBatch) message.getPayload();
            NettyTcpConnection connection =
                    (NettyTcpConnection) message.getHeaders().get(NettyTcpConnection.CONNECTION_HEADER);
            for (int i = 0; i < batch.size(); i++) {
                connection.write((ByteBuf) batch.take(i));
            }
        };
    }

    private long count(Class<?> eventType) {
        return events.stream().filter(eventType::isInstance).count();
    }

    private void assertClosedOnce() {
        await().untilAsserted(() -> assertThat(recorder.calls).contains("closed"));
        assertThat(recorder.calls.stream().filter("closed"::equals)).hasSize(1);
        assertThat(recorder.calls.stream().filter("opened"::equals)).hasSize(1);
        assertThat(count(TcpConnectionOpenEvent.class)).isEqualTo(1);
        assertThat(count(TcpConnectionCloseEvent.class)).isEqualTo(1);
        assertThat(server.getOpenConnectionIds()).isEmpty();
    }

    @Test
    void halfClosingClientGetsItsReply() throws IOException {
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "hello\n");
            socket.shutdownOutput();
            assertThat(Sockets.receiveAll(socket)).isEqualTo("hello\n");
        }
        assertClosedOnce();
        assertThat(recorder.cause).isNull();
        assertThat(count(TcpConnectionExceptionEvent.class)).isZero();
    }

    @Test
    void halfClosingClientGetsALongReplyThatItReadsLate() throws Exception {
        int length = 20_000_000; // more than the kernel takes at once
        recorder.closeAtInputShutdown = false;
        server.setMaxBufferedBytes(2 * length);
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            socket.shutdownOutput();
            await().until(() -> recorder.calls.contains("inputShutdown"));
            NettyTcpConnection connection = recorder.connection.get();
            // a pass later, when the channel has no interest in any event
            connection.eventLoop().submit(() -> {}).get(5, TimeUnit.SECONDS);
            connection.write(Unpooled.wrappedBuffer(new byte[length]));
            await().until(() -> connection.bufferedBytes() > 0 && !connection.isWritable());
            connection.close();
            assertThat(socket.getInputStream().readAllBytes()).hasSize(length);
        }
        assertClosedOnce();
        assertThat(recorder.cause).isNull();
    }

    @Test
    void halfClosedConnectionDoesNotMakeTheLoopSpin() throws Exception {
        recorder.closeAtInputShutdown = false;
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            socket.shutdownOutput();
            await().until(() -> recorder.calls.contains("inputShutdown"));
            NettyTcpConnection connection = recorder.connection.get();
            connection.pauseReading();
            connection.resumeReading();
            connection.write(Unpooled.copiedBuffer("still there".getBytes()));
            assertThat(Sockets.receive(socket, 11)).isEqualTo("still there");
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long loop = connection
                    .eventLoop()
                    .submit(() -> Thread.currentThread().threadId())
                    .get(5, TimeUnit.SECONDS);
            long before = threads.getThreadCpuTime(loop);
            connection
                    .eventLoop()
                    .schedule(() -> {}, 300, TimeUnit.MILLISECONDS)
                    .get(5, TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(threads.getThreadCpuTime(loop) - before))
                    .isLessThan(Duration.ofMillis(100));
            connection.close();
        }
        assertClosedOnce();
    }

    @Test
    void observerMayReplyLongAfterTheHalfClose() throws IOException {
        recorder.closeAtInputShutdown = false;
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            socket.shutdownOutput();
            await().until(() -> recorder.calls.contains("inputShutdown"));
            NettyTcpConnection connection = recorder.connection.get();
            connection.write(Unpooled.copiedBuffer("late".getBytes()));
            connection.close();
            assertThat(Sockets.receiveAll(socket)).isEqualTo("late");
        }
        assertClosedOnce();
    }

    @Test
    void closeByTheServerFlushesFirst() throws IOException {
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            await().until(() -> recorder.connection.get() != null);
            NettyTcpConnection connection = recorder.connection.get();
            connection.write(Unpooled.wrappedBuffer(new byte[1_000_000]));
            connection.close();
            assertThat(connection.isOpen()).isFalse();
            assertThat(connection.write(Unpooled.wrappedBuffer(new byte[1]))).isFalse();
            assertThat(Sockets.receiveAll(socket)).hasSize(1_000_000);
        }
        assertClosedOnce();
        assertThat(recorder.cause).isNull();
    }

    @Test
    void closeIsBoundedForAClientThatDoesNotRead() throws IOException {
        server.setCloseTimeout(Duration.ofMillis(100));
        server.setMaxBufferedBytes(100_000_000);
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            await().until(() -> recorder.connection.get() != null);
            recorder.connection.get().write(Unpooled.wrappedBuffer(new byte[50_000_000]));
            recorder.connection.get().close();
            assertClosedOnce();
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void closeConnectionByIdClosesOnce() throws IOException {
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            await().until(() -> !server.getOpenConnectionIds().isEmpty());
            String id = server.getOpenConnectionIds().get(0);
            assertThat(server.closeConnection(id)).isTrue();
            assertThat(server.closeConnection(id)).isFalse();
            assertThat(Sockets.receiveAll(socket)).isEmpty();
        }
        assertClosedOnce();
    }

    @Test
    void resetIsAFailureAndClosesOnce() throws IOException {
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            await().until(() -> recorder.connection.get() != null);
            socket.setSoLinger(true, 0);
        }
        assertClosedOnce();
        assertThat(recorder.cause).isInstanceOf(IOException.class);
        assertThat(recorder.calls).contains("failed");
        assertThat(count(TcpConnectionExceptionEvent.class)).isEqualTo(1);
    }

    @Test
    void decoderFailureClosesAfterTheEarlierReplies() throws IOException {
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "good\n" + "x".repeat(200) + "\n");
            assertThat(Sockets.receiveAll(socket)).isEqualTo("good\n");
        }
        assertClosedOnce();
        assertThat(recorder.cause).isInstanceOf(TooLongFrameException.class);
        assertThat(count(TcpConnectionExceptionEvent.class)).isEqualTo(1);
    }

    @Test
    void observerMayAnswerAFailureBeforeItCloses() throws IOException {
        recorder.answerToFailure = "refused\n";
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "x".repeat(200) + "\n");
            assertThat(Sockets.receiveAll(socket)).isEqualTo("refused\n");
        }
        assertClosedOnce();
    }

    @Test
    void failingBatchListenerFailsTheConnection() throws IOException {
        NettyTcpServerConnectionFactory other = new NettyTcpServerConnectionFactory(0);
        other.setTransport(transport);
        other.setBatching(true);
        other.setConnectionObserver(recorder);
        other.registerListener(message -> {
            throw new IllegalStateException("listener's bug");
        });
        other.start();
        try (Socket socket = Sockets.connectTo(other)) {
            Sockets.send(socket, "x\n");
            assertThat(Sockets.receiveAll(socket)).isEmpty();
            await().until(() -> recorder.calls.contains("closed"));
            assertThat(recorder.cause).hasMessage("listener's bug");
        } finally {
            other.stop();
        }
    }

    @Test
    void stopFlushesAndClosesAllConnections() throws IOException {
        server.start();
        try (Socket socket = Sockets.connectTo(server)) {
            await().until(() -> recorder.connection.get() != null);
            recorder.connection.get().write(Unpooled.copiedBuffer("bye".getBytes()));
            server.stop();
            assertThat(Sockets.receiveAll(socket)).isEqualTo("bye");
        }
        assertClosedOnce();
    }

    private static final class Recorder implements NettyConnectionObserver {

        final List<String> calls = new CopyOnWriteArrayList<>();
        final AtomicReference<NettyTcpConnection> connection = new AtomicReference<>();
        volatile Throwable cause;
        volatile boolean closeAtInputShutdown = true;
        volatile String answerToFailure;

        @Override
        public void opened(NettyTcpConnection opened) {
            calls.add("opened");
            connection.set(opened);
        }

        @Override
        public void inputShutdown(NettyTcpConnection shut) {
            calls.add("inputShutdown");
            if (closeAtInputShutdown) {
                shut.close();
            }
        }

        @Override
        public void failed(NettyTcpConnection failed, Throwable failure) {
            calls.add("failed");
            if (answerToFailure != null) {
                failed.write(Unpooled.copiedBuffer(answerToFailure.getBytes()));
            }
            failed.closeExceptionally(failure);
        }

        @Override
        public void closed(NettyTcpConnection closed, Throwable closeCause) {
            cause = closeCause;
            calls.add("closed");
        }
    }
}
