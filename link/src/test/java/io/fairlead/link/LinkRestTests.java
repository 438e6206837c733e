package io.fairlead.link;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Links on which nothing is said. No times are measured: what one link does is compared with what another one does
/// meanwhile on the same loop.
class LinkRestTests {
    private static final Duration HEARTBEAT = Duration.ofMillis(100);

    private final NettyTransport transport = NettyTransport.create(1, "test");
    private final Handler handler = new Handler();
    private final LinkServer server = new LinkServer(
            transport, "127.0.0.1", 0, LinkSettings.of("gateway", "test").withHeartbeatInterval(HEARTBEAT), handler);

    /// A link is busy from its first REQUEST on.
    private static final class Handler implements LinkHandler {
        final Map<String, Link> links = new ConcurrentHashMap<>();
        final Set<Link> busy = ConcurrentHashMap.newKeySet();
        final Set<Link> resting = ConcurrentHashMap.newKeySet();
        final Queue<Link> lost = new ConcurrentLinkedQueue<>();

        @Override
        public void opened(Link link) {
            links.put(Objects.requireNonNull(link.peer()).name(), link);
        }

        @Override
        public boolean isIdle(Link link) {
            boolean idle = !busy.contains(link);
            if (idle) {
                resting.add(link);
            }
            return idle;
        }

        @Override
        public void frame(Link link, ByteBuf buf, int at) {
            busy.add(link);
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {
            if (reason == CloseReason.HEARTBEAT_LOST) {
                lost.add(link);
            }
        }
    }

    /// A client that answers PINGs until it is told to fall silent.
    private final class Client implements AutoCloseable {
        final Peer peer = Peer.to(server);
        final Link link;
        final AtomicInteger pings = new AtomicInteger();
        volatile boolean silent;

        Client(String name) throws IOException {
            ByteBuf hello = Unpooled.buffer();
            Hello.of("client", name, 60_000, 64 * 1024).encode(hello);
            peer.send(hello).frame();
            Thread.ofVirtual().start(this::answer);
            link = await().until(() -> handler.links.get(name), Objects::nonNull);
        }

        void call() throws IOException {
            byte[] route = "a/b".getBytes(US_ASCII);
            ByteBuf request = Unpooled.buffer();
            Frames.writeHeader(request, FrameType.REQUEST, (byte) 0, 0, 1, 0, route.length, 0, 0);
            peer.send(request.writeBytes(route));
        }

        private void answer() {
            try {
                while (true) {
                    int length = peer.in().readInt();
                    ByteBuf frame = Unpooled.buffer()
                            .writeInt(length)
                            .writeBytes(peer.in().readNBytes(length));
                    if (Frames.type(frame, 0) == FrameType.PING && !silent) {
                        pings.incrementAndGet();
                        ByteBuf pong = Unpooled.buffer();
                        Frames.writeBare(pong, FrameType.PONG, Frames.id(frame, 0));
                        peer.send(pong);
                    }
                }
            } catch (IOException e) {
                // One of the two sides has closed.
            }
        }

        @Override
        public void close() throws IOException {
            peer.close();
        }
    }

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void close() {
        server.close();
        transport.close();
    }

    private void awaitRest(Client client) {
        await().until(() -> handler.resting.contains(client.link));
    }

    @Test
    void anotherIntervalIsKept() throws IOException {
        try (Client rare = new Client("rare");
                Client usual = new Client("usual")) {
            handler.busy.add(rare.link);
            handler.busy.add(usual.link);
            rare.link.eventLoop().execute(() -> rare.link.heartbeatEvery(Duration.ofMinutes(1)));
            assertPingedMoreOftenThan(usual, rare);
        }
    }

    private static void assertPingedMoreOftenThan(Client often, Client seldom) {
        int before = seldom.pings.get();
        int enough = often.pings.get() + 15;
        await().until(() -> often.pings.get() >= enough);
        assertThat(seldom.pings.get() - before).isLessThan(5);
    }

    @Test
    void aQuietLinkComesToRestAndOneWithACallDoesNot() throws IOException {
        try (Client quiet = new Client("quiet");
                Client calling = new Client("calling")) {
            calling.call();
            awaitRest(quiet);
            assertPingedMoreOftenThan(calling, quiet);
            assertThat(handler.resting).doesNotContain(calling.link);
            assertThat(handler.lost).isEmpty();
        }
    }

    @Test
    void aFrameThatIsWrittenWakesIt() throws IOException {
        try (Client woken = new Client("woken");
                Client quiet = new Client("quiet")) {
            awaitRest(woken);
            awaitRest(quiet);
            handler.busy.add(woken.link);
            woken.link
                    .eventLoop()
                    .execute(() -> Frames.writeStatus(
                            woken.link.out(Frames.HEADER_BYTES), FrameType.ERROR, Status.INTERNAL, 1, 0, ""));
            assertPingedMoreOftenThan(woken, quiet);
        }
    }

    @Test
    void aPeerThatFallsSilentDuringACallIsLostAfterThreeUsualIntervalsThoughItWasAtRest() throws IOException {
        try (Client calling = new Client("calling");
                Client quiet = new Client("quiet")) {
            awaitRest(calling);
            awaitRest(quiet);
            calling.silent = true;
            quiet.silent = true;
            calling.call();
            await().until(() -> handler.lost.contains(calling.link) && handler.lost.contains(quiet.link));
            // The other has been silent for as long, at rest.
            assertThat(handler.lost).containsExactly(calling.link, quiet.link);
        }
    }
}
