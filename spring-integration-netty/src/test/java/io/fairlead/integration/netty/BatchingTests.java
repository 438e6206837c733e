package io.fairlead.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LineBasedFrameDecoder;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.GenericMessage;

class BatchingTests {

    private static final Consumer<ChannelPipeline> LINES =
            pipeline -> pipeline.addLast(new LineBasedFrameDecoder(1 << 20, false, true));

    private final NettyTransport transport = NettyTransport.create(1, "batching");
    private final NettyTcpServerConnectionFactory server = new NettyTcpServerConnectionFactory(0);
    private NettyTcpClientConnectionFactory client;

    @AfterEach
    void stop() {
        if (client != null) {
            client.stop();
        }
        server.stop();
        transport.close();
    }

    private void start(TcpListener listener) {
        server.setTransport(transport);
        server.setBatching(true);
        if (server.settings().pipeline == null) {
            server.setPipeline(LINES);
        }
        server.registerListener(listener);
        server.start();
    }

    private static ReadBatch batch(Message<?> message) {
        return (ReadBatch) message.getPayload();
    }

    private static NettyTcpConnection connection(Message<?> message) {
        return (NettyTcpConnection) message.getHeaders().get(NettyTcpConnection.CONNECTION_HEADER);
    }

    private static void echo(Message<?> message) {
        ReadBatch batch = batch(message);
        for (int i = 0; i < batch.size(); i++) {
            connection(message).write((ByteBuf) batch.take(i));
        }
    }

    @Test
    void handsOverOneBatchForEachReadPass() throws IOException {
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        start(message -> {
            sizes.add(batch(message).size());
            echo(message);
        });
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "a\nb\nc\nhalf");
            assertThat(Sockets.receive(socket, 6)).isEqualTo("a\nb\nc\n");
            Sockets.send(socket, "!\n");
            assertThat(Sockets.receive(socket, 6)).isEqualTo("half!\n");
        }
        assertThat(sizes).containsExactly(3, 1);
    }

    @Test
    void aBatchIsHandedOverOnceThoughTheConnectionFailsMeanwhile() throws IOException {
        AtomicInteger batches = new AtomicInteger();
        AtomicReference<Throwable> closedWith = new AtomicReference<>();
        server.setMaxBufferedBytes(1_000_000);
        server.setConnectionObserver(new NettyConnectionObserver() {
            @Override
            public void closed(NettyTcpConnection connection, Throwable cause) {
                closedWith.set(cause);
            }
        });
        start(message -> {
            if (batches.incrementAndGet() < 10) {
                int chunks = 0;
                while (connection(message).write(Unpooled.wrappedBuffer(new byte[100_000])) && chunks < 10_000) {
                    chunks++;
                }
            }
        });
        try (Socket slow = Sockets.connectTo(server)) {
            Sockets.send(slow, "a\n");
            await().until(() -> closedWith.get() instanceof SlowReaderException);
        }
        assertThat(batches).hasValue(1);
    }

    @Test
    void boundsABatch() throws IOException {
        int count = ReadBatch.MAX_SIZE + 10;
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        start(message -> {
            sizes.add(batch(message).size());
            echo(message);
        });
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "\n".repeat(count));
            assertThat(Sockets.receive(socket, count)).hasSize(count);
        }
        assertThat(sizes).allMatch(size -> size <= ReadBatch.MAX_SIZE);
        assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(count);
    }

    @Test
    void releasesWhatTheListenerDidNotKeep() throws IOException {
        List<ByteBuf> seen = new CopyOnWriteArrayList<>();
        List<ByteBuf> kept = new CopyOnWriteArrayList<>();
        start(message -> {
            ByteBuf buffer = (ByteBuf) batch(message).get(0);
            seen.add(buffer);
            if (kept.isEmpty()) {
                kept.add(buffer.retain());
            }
            connection(message).write(Unpooled.wrappedBuffer(new byte[] {'.'}));
        });
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "one\n");
            Sockets.receive(socket, 1);
            Sockets.send(socket, "two\n");
            Sockets.receive(socket, 1);
        }
        await().untilAsserted(() -> assertThat(seen.get(1).refCnt()).isZero());
        assertThat(seen.get(0).toString(StandardCharsets.UTF_8)).isEqualTo("one\n");
        kept.get(0).release();
    }

    @Test
    void batchIsEmptyAgainAfterTheListener() throws IOException {
        AtomicReference<ReadBatch> seen = new AtomicReference<>();
        start(message -> {
            seen.set(batch(message));
            echo(message);
        });
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "x\n");
            Sockets.receive(socket, 2);
        }
        await().untilAsserted(() -> assertThat(seen.get().size()).isZero());
        assertThatThrownBy(() -> seen.get().get(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void messageCarriesTheConnectionInHeadersMadeOnce() throws IOException {
        List<Message<?>> messages = new CopyOnWriteArrayList<>();
        start(message -> {
            messages.add(message);
            echo(message);
        });
        int port;
        try (Socket socket = Sockets.connectTo(server)) {
            port = socket.getLocalPort();
            Sockets.send(socket, "x\n");
            Sockets.receive(socket, 2);
            Sockets.send(socket, "x\n");
            Sockets.receive(socket, 2);
        }
        assertThat(messages.get(0).getHeaders()).isSameAs(messages.get(1).getHeaders());
        NettyTcpConnection connection = connection(messages.get(0));
        assertThat(messages.get(0).getHeaders())
                .containsEntry(IpHeaders.CONNECTION_ID, connection.getConnectionId())
                .containsEntry(IpHeaders.REMOTE_PORT, port)
                .containsEntry(IpHeaders.IP_ADDRESS, "127.0.0.1")
                .containsEntry(IpHeaders.HOSTNAME, "127.0.0.1")
                .containsKey(IpHeaders.LOCAL_ADDRESS)
                .doesNotContainKeys("id", "timestamp");
    }

    @Test
    void flushesOnceForAllSendsOfAPass() throws IOException {
        AtomicInteger flushes = new AtomicInteger();
        server.setPipeline(LINES.andThen(pipeline -> pipeline.addFirst(new FlushCounter(flushes))));
        start(message -> {
            for (int i = 0; i < 10; i++) {
                connection(message).send(new GenericMessage<>(Unpooled.copiedBuffer("r", StandardCharsets.UTF_8)));
            }
        });
        try (Socket socket = Sockets.connectTo(server)) {
            Sockets.send(socket, "a\nb\nc\n");
            assertThat(Sockets.receive(socket, 10)).isEqualTo("r".repeat(10));
            assertThat(flushes).hasValue(1);
        }
    }

    @Test
    void flushesSendsOfAnotherThreadTogether() throws Exception {
        AtomicInteger flushes = new AtomicInteger();
        server.setPipeline(LINES.andThen(pipeline -> pipeline.addFirst(new FlushCounter(flushes))));
        AtomicReference<NettyTcpConnection> accepted = new AtomicReference<>();
        server.setConnectionObserver(new NettyConnectionObserver() {
            @Override
            public void opened(NettyTcpConnection connection) {
                accepted.set(connection);
            }
        });
        start(message -> {});
        try (Socket socket = Sockets.connectTo(server)) {
            await().until(() -> accepted.get() != null);
            NettyTcpConnection connection = accepted.get();
            // sent while the loop is busy
            CountDownLatch sent = new CountDownLatch(1);
            connection.eventLoop().execute(() -> {
                try {
                    sent.await(5, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            for (int i = 0; i < 100; i++) {
                connection.write(Unpooled.wrappedBuffer(new byte[] {'x'}));
            }
            assertThat(connection.bufferedBytes()).isEqualTo(100);
            sent.countDown();
            assertThat(Sockets.receive(socket, 100)).hasSize(100);
            assertThat(flushes).hasValue(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 11})
    void decodesAtEverySplitPoint(int pieceBytes) throws IOException {
        server.setPipeline(pipeline -> pipeline.addLast(new LengthFieldBasedFrameDecoder(1000, 0, 2)));
        start(BatchingTests::echo);
        byte[] wire = {0, 1, 'a', 0, 0, 0, 3, 'b', 'c', 'd', 0, 5, 'e', 'f', 'g', 'h', 'i'};
        try (Socket socket = Sockets.connectTo(server)) {
            for (int from = 0; from < wire.length; from += pieceBytes) {
                socket.getOutputStream().write(wire, from, Math.min(pieceBytes, wire.length - from));
                socket.getOutputStream().flush();
            }
            assertThat(socket.getInputStream().readNBytes(wire.length)).isEqualTo(wire);
        }
    }

    @Test
    void clientConnectsWithoutWaitingAndGetsItsReplies() throws Exception {
        start(BatchingTests::echo);
        List<String> replies = new CopyOnWriteArrayList<>();
        client = new NettyTcpClientConnectionFactory("127.0.0.1", server.getPort());
        client.setTransport(transport);
        client.setEventLoop(transport.loops().get(0));
        client.setBatching(true);
        client.setPipeline(LINES);
        client.registerListener(message -> {
            for (int i = 0; i < batch(message).size(); i++) {
                replies.add(((ByteBuf) batch(message).get(i)).toString(StandardCharsets.UTF_8));
            }
        });
        client.start();
        TcpConnectionSupport connection = client.connect().get(5, TimeUnit.SECONDS);
        connection.send(new GenericMessage<>(Unpooled.copiedBuffer("hello\n", StandardCharsets.UTF_8)));
        await().untilAsserted(() -> assertThat(replies).containsExactly("hello\n"));
        assertThat(((NettyTcpConnection) connection).eventLoop())
                .isSameAs(transport.loops().get(0));
        assertThat(client.getOpenConnectionIds()).containsExactly(connection.getConnectionId());
    }

    private static final class FlushCounter extends ChannelDuplexHandler {

        private final AtomicInteger flushes;

        FlushCounter(AtomicInteger flushes) {
            this.flushes = flushes;
        }

        @Override
        public void flush(ChannelHandlerContext context) {
            flushes.incrementAndGet();
            context.flush();
        }
    }
}
