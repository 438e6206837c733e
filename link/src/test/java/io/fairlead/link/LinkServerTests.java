package io.fairlead.link;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LinkServerTests {
    private final NettyTransport transport = NettyTransport.create(1, "test");
    private final Queue<CloseReason> ended = new ConcurrentLinkedQueue<>();
    private final LinkServer server = server();

    private LinkServer server() {
        LinkSettings defaults = LinkSettings.of("worker", "test");
        LinkSettings quick = new LinkSettings(
                "worker",
                "test",
                Duration.ofMillis(200),
                64 * 1024,
                Duration.ofMillis(500),
                defaults.connectTimeout(),
                defaults.slowReaderTimeout(),
                defaults.writeBufferHighBytes(),
                defaults.backoffMin(),
                defaults.backoffMax(),
                10,
                null,
                null);
        LinkServer started = new LinkServer(transport, "127.0.0.1", 0, quick, new LinkHandler() {
            @Override
            public void frame(Link link, ByteBuf buf, int at) {
                Frames.writeBare(link.out(Frames.HEADER_BYTES), FrameType.RESPONSE, Frames.id(buf, at));
            }

            @Override
            public void closed(Link link, CloseReason reason, String detail) {
                ended.add(reason);
            }

            @Override
            public void failed(String peer, CloseReason reason, String detail) {
                ended.add(reason);
            }
        });
        started.start();
        return started;
    }

    @AfterEach
    void close() {
        server.close();
        transport.close();
    }

    private static ByteBuf hello() {
        ByteBuf buf = Unpooled.buffer();
        Hello.of("client", "test", 1000, 64 * 1024).encode(buf);
        return buf;
    }

    private static ByteBuf bare(byte type, long id) {
        ByteBuf buf = Unpooled.buffer();
        Frames.writeBare(buf, type, id);
        return buf;
    }

    @Test
    void answersHelloPingAndCallsOfAPeerThatKnowsOnlyTheBytes() throws IOException {
        try (Peer peer = Peer.to(server)) {
            Hello hello = Hello.decode(peer.send(hello()).frame(), 0);
            assertThat(hello.version()).isEqualTo(Hello.VERSION);
            assertThat(hello.role()).isEqualTo("worker");

            ByteBuf pong = peer.send(bare(FrameType.PING, 42)).frame();
            assertThat(Frames.type(pong, 0)).isEqualTo(FrameType.PONG);
            assertThat(Frames.id(pong, 0)).isEqualTo(42);
            assertThat(Frames.id(peer.send(bare(FrameType.REQUEST, 7)).frame(), 0))
                    .isEqualTo(7);
            assertThat(Frames.id(
                            peer.send(bare((byte) 200, 1))
                                    .send(bare(FrameType.REQUEST, 8))
                                    .frame(),
                            0))
                    .as("unknown types from 128 on are skipped")
                    .isEqualTo(8);
        }
    }

    @Test
    void aPeerThatSpeaksSomethingElseIsToldAndClosedAndOthersDoNotNotice() throws IOException {
        try (Peer good = Peer.to(server);
                Peer http = Peer.to(server)) {
            good.send(hello()).frame();
            ByteBuf goAway = http.send(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n", UTF_8))
                    .frame();

            assertThat(Frames.type(goAway, 0)).isEqualTo(FrameType.GOAWAY);
            assertThat(Frames.text(goAway, 0)).contains("frame length");
            assertThat(http.isEnded()).isTrue();
            assertThat(Frames.id(good.send(bare(FrameType.REQUEST, 1)).frame(), 0))
                    .isEqualTo(1);
        }
        await().until(() -> ended.contains(CloseReason.PROTOCOL_ERROR));
    }

    @Test
    void aMalformedFrameDoesNotTakeBackCallsThatWereTaken() throws IOException {
        try (Peer peer = Peer.to(server)) {
            peer.send(hello()).frame();
            peer.send(bare(FrameType.REQUEST, 7)).frame();
            ByteBuf goAway = peer.send(bare((byte) 100, 8)).frame();

            assertThat(Frames.type(goAway, 0)).isEqualTo(FrameType.GOAWAY);
            assertThat(Frames.id(goAway, 0)).isEqualTo(7);
        }
    }

    @Test
    void aStrangerCannotMakeItGatherMegabytesBeforeHello() throws IOException {
        try (Peer peer = Peer.to(server)) {
            ByteBuf goAway = peer.send(Unpooled.buffer().writeInt(60_000)).frame();

            assertThat(Frames.text(goAway, 0)).contains("60000");
            assertThat(peer.isEnded()).isTrue();
        }
    }

    @Test
    void noHelloEndsTheConnection() throws IOException {
        try (Peer peer = Peer.to(server)) {
            assertThat(peer.isEnded()).isTrue();
        }
        await().until(() -> ended.contains(CloseReason.HELLO_TIMEOUT));
    }

    @Test
    void withoutACommonVersionItSaysWhichItSpeaks() throws IOException {
        try (Peer peer = Peer.to(server)) {
            ByteBuf buf = Unpooled.buffer();
            new Hello(9, 9, 0, 1000, "client", "test", 64 * 1024).encode(buf);

            ByteBuf goAway = peer.send(buf).frame();

            assertThat(Status.of(Frames.code(goAway, 0))).isEqualTo(Status.FAILED_PRECONDITION);
            assertThat(Frames.text(goAway, 0)).contains("9 to 9").contains("expected: 1");
            assertThat(peer.isEnded()).isTrue();
        }
        await().until(() -> ended.contains(CloseReason.VERSION_MISMATCH));
    }

    @Test
    void framesFromTheWrongSideAreAProtocolError() throws IOException {
        try (Peer peer = Peer.to(server)) {
            peer.send(hello()).frame();
            ByteBuf goAway = peer.send(bare(FrameType.RESPONSE, 1)).frame();

            assertThat(Frames.text(goAway, 0)).contains("RESPONSE");
            assertThat(peer.isEnded()).isTrue();
        }
    }

    @Test
    void aPeerThatFallsSilentIsGivenUp() throws IOException {
        try (Peer peer = Peer.to(server)) {
            peer.send(hello()).frame();
            assertThat(peer.isEnded()).isTrue();
        }
        await().until(() -> ended.contains(CloseReason.HEARTBEAT_LOST));
    }
}
