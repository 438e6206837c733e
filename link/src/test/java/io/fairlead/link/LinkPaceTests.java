package io.fairlead.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Links of which one side is slower than the other.
class LinkPaceTests {
    private static final Duration HEARTBEAT = Duration.ofMillis(100);
    private static final Duration SLOW_READER = Duration.ofSeconds(1);

    private final NettyTransport transport = NettyTransport.create(1, "test");
    private final Queue<CloseReason> ended = new ConcurrentLinkedQueue<>();
    private LinkServer server;

    @AfterEach
    void close() {
        server.close();
        transport.close();
    }

    private Peer open(LinkHandler handler) throws IOException {
        LinkSettings defaults = LinkSettings.of("worker", "test");
        LinkSettings settings = new LinkSettings(
                "worker",
                "test",
                HEARTBEAT,
                defaults.maxFrameBytes(),
                defaults.helloTimeout(),
                defaults.connectTimeout(),
                SLOW_READER,
                defaults.writeBufferHighBytes(),
                defaults.backoffMin(),
                defaults.backoffMax(),
                10,
                null,
                null);
        server = new LinkServer(transport, "127.0.0.1", 0, settings, handler);
        server.start();
        ByteBuf hello = Unpooled.buffer();
        Hello.of("client", "test", 1000, 64 * 1024).encode(hello);
        return Peer.to(server).send(hello);
    }

    private class Watching implements LinkHandler {
        @Override
        public void frame(Link link, ByteBuf buf, int at) {}

        @Override
        public void closed(Link link, CloseReason reason, String detail) {
            ended.add(reason);
        }
    }

    @Test
    void aSideThatDoesNotReadDoesNotTakeItsOwnSilenceForThePeers() throws IOException {
        LinkHandler pausing = new Watching() {
            @Override
            public void opened(Link link) {
                link.pauseReading();
            }
        };
        try (Peer peer = open(pausing)) {
            peer.frame();
            for (int pings = 0; pings < 8; pings++) {
                int length = peer.in().readInt();
                ByteBuf frame =
                        Unpooled.buffer().writeInt(length).writeBytes(peer.in().readNBytes(length));
                assertThat(Frames.type(frame, 0)).isEqualTo(FrameType.PING);
            }
            assertThat(ended).isEmpty();
        } catch (EOFException e) {
            throw new AssertionError("Closed: " + ended, e);
        }
    }

    @Test
    void aPeerThatReadsAllTheTimeIsNoSlowReaderHoweverMuchWaitsForIt() throws IOException {
        LinkHandler filling = new Watching() {
            @Override
            public void opened(Link link) {
                link.outDirect(Unpooled.wrappedBuffer(new byte[8 << 20]));
            }

            @Override
            public void writabilityChanged(Link link) {
                if (link.isWritable()) {
                    link.eventLoop().execute(() -> opened(link));
                }
            }
        };
        try (Peer peer = open(filling)) {
            ByteBuf ping = Unpooled.buffer();
            Frames.writeBare(ping, FrameType.PING, 1);
            byte[] read = new byte[64 * 1024];
            long startNanos = System.nanoTime();
            long total = 0;
            for (int n = 0; n >= 0 && System.nanoTime() - startNanos < 4 * SLOW_READER.toNanos(); total += n) {
                n = peer.in().read(read);
                if (total >>> 22 != (total + n) >>> 22) {
                    peer.send(ping);
                }
            }
            assertThat(ended).isEmpty();
        }
    }
}
