package io.fairlead.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LinkConnectorTests {
    private static final LinkSettings SETTINGS = LinkSettings.of("client", "test");

    private final NettyTransport transport = NettyTransport.create(1, "test");
    private final EventLoop loop = transport.next();
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();

    /// What was chosen from.
    private final List<Long> bounds = new CopyOnWriteArrayList<>();

    private final RandomGenerator random = new RandomGenerator() {
        private final Random source = new Random(7);

        @Override
        public long nextLong() {
            return source.nextLong();
        }

        @Override
        public long nextLong(long bound) {
            bounds.add(bound);
            return source.nextLong(bound);
        }
    };

    private final LinkHandler handler = new LinkHandler() {
        @Override
        public void opened(Link link) {
            heard.add("opened");
        }

        @Override
        public void frame(Link link, ByteBuf buf, int at) {}

        @Override
        public void goingAway(Link link, long lastId, String why) {
            heard.add("going away above " + lastId);
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {
            heard.add("closed " + reason);
        }

        @Override
        public void failed(String peer, CloseReason reason, String detail) {
            heard.add("failed " + reason);
        }
    };

    @AfterEach
    void close() {
        transport.close();
    }

    private LinkConnector connector(int port) {
        return new LinkConnector(transport, loop, "127.0.0.1", port, SETTINGS, handler, random);
    }

    @Test
    void waitsLongerAndLongerForAPeerThatEndsEachLinkAtOnce() {
        LinkServer server =
                new LinkServer(transport, "127.0.0.1", 0, LinkSettings.of("worker", "drains"), new LinkHandler() {
                    @Override
                    public void opened(Link link) {
                        link.close(CloseReason.LOCAL_CLOSE, "");
                    }

                    @Override
                    public void frame(Link link, ByteBuf buf, int at) {}

                    @Override
                    public void closed(Link link, CloseReason reason, String detail) {}
                });
        server.start();
        try (LinkConnector connector = connector(server.port())) {
            connector.start();

            await().until(() -> bounds.size() >= 5);
        }
        server.close();

        long first = SETTINGS.backoffMin().toNanos();
        assertThat(bounds.subList(0, 5)).containsExactly(first, 2 * first, 4 * first, 8 * first, 16 * first);
        assertThat(heard).contains("opened");
    }

    @Test
    void aLongWaitStaysLong() {
        Backoff backoff = new Backoff(Duration.ofSeconds(10), Duration.ofSeconds(60), random);

        for (int i = 0; i < 100; i++) {
            backoff.nextNanos();
        }

        assertThat(bounds).allMatch(bound -> bound >= TimeUnit.SECONDS.toNanos(10));
        assertThat(bounds).endsWith(TimeUnit.SECONDS.toNanos(60));
    }

    @Test
    void aLinkThatOpensAfterTheCloseIsNobodysLink() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            LinkConnector connector = connector(listening.getLocalPort());
            connector.start();
            try (Peer peer = Peer.of(listening.accept())) {
                peer.frame();
                CountDownLatch held = new CountDownLatch(1);
                loop.execute(() -> join(held));
                ByteBuf hello = Unpooled.buffer();
                Hello.of("worker", "late", 1000, 4096).encode(hello);
                peer.send(hello);

                connector.close();
                held.countDown();

                peer.rest();
            }
        }
        transport.close();
        assertThat(heard).doesNotContain("opened").noneMatch(what -> what.startsWith("closed"));
    }

    @Test
    void anImpossibleIdInAGoAwayTakesNoCallBack() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                LinkConnector connector = connector(listening.getLocalPort())) {
            connector.start();
            try (Peer peer = Peer.of(listening.accept())) {
                peer.frame();
                ByteBuf frames = Unpooled.buffer();
                Hello.of("worker", "odd", 1000, 4096).encode(frames);
                Frames.writeBare(frames, FrameType.GOAWAY, -1);
                peer.send(frames);

                await().until(() -> heard.contains("closed PROTOCOL_ERROR"));
            }
        }
        assertThat(heard).noneMatch(what -> what.startsWith("going away"));
    }

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
