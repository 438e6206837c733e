package io.fairlead.link.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Link;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.LinkSettings;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Route;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a connector reads in the time field of answers and heartbeats.
class CreditTests {
    private final NettyTransport transport = NettyTransport.create(1, "test");
    private final LinkSettings settings =
            LinkSettings.of("worker", "test").withHeartbeatInterval(Duration.ofMillis(100));
    private final Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
    private final Peer peer = new Peer();

    private CallServer server;
    private LinkConnector connector;

    @AfterEach
    void close() {
        connector.close();
        server.close();
        transport.close();
    }

    private void link(IntSupplier freePlaces) {
        server = freePlaces == null
                ? new CallServer(transport, "127.0.0.1", 0, settings, handlers(), 3)
                : new CallServer(transport, "127.0.0.1", 0, settings, handlers(), Integer.MAX_VALUE, freePlaces);
        server.start();
        connector = new LinkConnector(
                transport, transport.next(), "127.0.0.1", server.port(), settings, peer, new Random(1));
        connector.start();
        await().until(() -> connector.link() != null);
    }

    private Map<Route, CallHandler> handlers() {
        return Map.of(Route.parse("a/b"), call -> call.reply(call.payload()), Route.parse("a/hold"), held::add);
    }

    private void send(long id, String route) {
        Link link = connector.link();
        link.eventLoop().execute(() -> {
            ByteBuf out = link.out(100);
            Frames.writeHeader(out, FrameType.REQUEST, (byte) 0, 0, id, 10_000, route.length(), 0, 0);
            out.writeCharSequence(route, java.nio.charset.StandardCharsets.US_ASCII);
        });
    }

    @Test
    void answersCarryWhatIsLeftOfTheLimit() {
        link(null);

        send(1, "a/b");
        await().until(() -> peer.answers.size() == 1);
        send(2, "a/hold");
        send(3, "a/b");
        await().until(() -> peer.answers.size() == 2);

        assertThat(peer.answers).containsExactly(3, 2);
    }

    @Test
    void answersCarryWhatTheHandlersSay() {
        link(() -> 41);

        send(1, "a/b");

        await().until(() -> !peer.answers.isEmpty());
        assertThat(peer.answers).containsExactly(41);
    }

    @Test
    void heartbeatsOfAnIdleLinkCarryIt() {
        link(() -> 17);

        await().until(() -> peer.heartbeats.contains(17));
        assertThat(peer.heartbeats).containsOnly(17);
    }

    @Test
    void nothingIsSaidWhereNothingIsKnown() {
        link(() -> -1);

        send(1, "a/b");

        await().until(() -> !peer.answers.isEmpty());
        assertThat(peer.answers).containsExactly(-1);
        assertThat(peer.heartbeats).isEmpty();
    }

    @Test
    void aServerThatGoesAwayWouldTakeNothing() throws InterruptedException {
        link(() -> 17);
        send(1, "a/hold");
        await().until(() -> held.size() == 1);

        server.drain(Duration.ZERO, "test");
        held.remove().reply(new byte[0]);

        await().until(() -> !peer.answers.isEmpty());
        assertThat(peer.answers).containsExactly(0);
    }

    private static final class Peer implements LinkHandler {
        final List<Integer> answers = new CopyOnWriteArrayList<>();
        final List<Integer> heartbeats = new CopyOnWriteArrayList<>();

        @Override
        public void frame(Link link, ByteBuf buf, int at) {
            answers.add(Frames.freePlaces(buf, at));
        }

        @Override
        public void peerFreePlaces(Link link, int places) {
            heartbeats.add(places);
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {}
    }
}
