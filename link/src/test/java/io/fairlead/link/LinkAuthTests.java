package io.fairlead.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.wire.Auth;
import io.fairlead.wire.Auth.Side;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Links with a secret, over real sockets.
class LinkAuthTests {
    private static final String TEXT = "correct horse battery staple";
    private static final byte[] KEY = TEXT.getBytes(UTF_8);
    private static final byte[] NONCE = new byte[Auth.NONCE_BYTES];
    private static final int AUTH_BYTES = 96;

    private final NettyTransport transport = NettyTransport.create(1, "test");
    private final LinkSecret secret = LinkSecret.of("fairlead.secret", TEXT);
    private final Ends ends = new Ends();
    private final LinkServer server = server(secret);

    /// What happened to the links of one side.
    private static final class Ends implements LinkHandler {
        final Queue<Link> opened = new ConcurrentLinkedQueue<>();
        final Queue<CloseReason> failed = new ConcurrentLinkedQueue<>();
        final Queue<String> details = new ConcurrentLinkedQueue<>();
        final Queue<CloseReason> closed = new ConcurrentLinkedQueue<>();

        @Override
        public void opened(Link link) {
            opened.add(link);
        }

        @Override
        public void frame(Link link, ByteBuf buf, int at) {
            Frames.writeBare(link.out(Frames.HEADER_BYTES), FrameType.RESPONSE, Frames.id(buf, at));
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {
            closed.add(reason);
        }

        @Override
        public void failed(String peer, CloseReason reason, String detail) {
            failed.add(reason);
            details.add(detail);
        }
    }

    private LinkServer server(LinkSecret of) {
        LinkSettings settings = LinkSettings.of("worker", "worker-1")
                .withHeartbeatInterval(Duration.ofSeconds(10))
                .withSecret(of);
        LinkServer started = new LinkServer(transport, "127.0.0.1", 0, settings, ends);
        started.start();
        return started;
    }

    private LinkConnector connector(int port, LinkSecret of, Ends heard) {
        LinkSettings settings = LinkSettings.of("gateway", "gateway-1").withSecret(of);
        LinkConnector connector = new LinkConnector(
                transport, transport.next(), "127.0.0.1", port, settings, heard, RandomGenerator.getDefault());
        connector.start();
        return connector;
    }

    @AfterEach
    void close() {
        server.close();
        transport.close();
    }

    private static ByteBuf hello(int version) {
        ByteBuf buf = Unpooled.buffer();
        new Hello(version, version, 0, 10_000, "gateway", "stranger", 64 * 1024)
                .withNonce(NONCE)
                .encode(buf);
        return buf;
    }

    private static ByteBuf proof(String text, byte[] nonce) {
        ByteBuf buf = Unpooled.buffer();
        Auth.encodeProof(buf, Auth.proof(text.getBytes(UTF_8), Side.CONNECTOR, NONCE, nonce));
        return buf;
    }

    private static byte[] nonce(ByteBuf auth) {
        return Auth.decodeNonce(auth, 0);
    }

    @Test
    void whoKnowsTheSecretIsLinkedAndHearsTheOthersProof() throws IOException {
        try (Peer peer = Peer.to(server)) {
            byte[] nonce = nonce(peer.send(hello(1)).frame());
            Hello hello = Hello.decode(peer.send(proof(TEXT, nonce)).frame(), 0);

            assertThat(hello.hasAuth()).isTrue();
            assertThat(hello.name()).isEqualTo("worker-1");
            assertThat(hello.proofBytes()).isEqualTo(Auth.proof(KEY, Side.ACCEPTOR, NONCE, nonce));
            ByteBuf large = Unpooled.buffer();
            Frames.writeHeader(large, FrameType.REQUEST, (byte) 0, 0, 7, 0, 0, 0, 100_000);
            assertThat(Frames.id(peer.send(large.writeZero(100_000)).frame(), 0))
                    .as("frames are as long as the settings say from now on")
                    .isEqualTo(7);
        }
        assertThat(secret.refused()).isZero();
    }

    @Test
    void twoThatKnowTheSecretFindEachOther() {
        Ends heard = new Ends();
        try (LinkConnector connector = connector(server.port(), LinkSecret.of("same", TEXT), heard)) {
            await().until(() -> connector.link() != null && ends.opened.size() == 1);
        }
        assertThat(heard.failed).isEmpty();
    }

    @Test
    void aConnectorWithAnotherSecretIsClosed() {
        Ends heard = new Ends();
        try (LinkConnector connector = connector(server.port(), LinkSecret.of("other", TEXT + "r"), heard)) {
            await().until(() -> ends.failed.contains(CloseReason.UNAUTHENTICATED));
            await().until(() -> heard.failed.contains(CloseReason.PEER_CLOSED));
            assertThat(connector.link()).isNull();
            assertThat(heard.details).anyMatch(detail -> detail.contains("perhaps its secret is another one"));
        }
        assertThat(secret.refused()).isPositive();
        assertThat(ends.opened).isEmpty();
    }

    @Test
    void aConnectorWithoutASecretIsClosedAndToldNothing() {
        Ends heard = new Ends();
        try (LinkConnector connector = connector(server.port(), null, heard)) {
            await().until(() -> heard.failed.contains(CloseReason.PEER_CLOSED));
            assertThat(connector.link()).isNull();
            assertThat(heard.details).anyMatch(detail -> detail.contains("this side has none"));
        }
        await().until(() -> ends.failed.contains(CloseReason.UNAUTHENTICATED));
    }

    @Test
    void aConnectorWithASecretLeavesAnAcceptorWithoutOne() {
        LinkServer open = server(null);
        Ends heard = new Ends();
        LinkSecret mine = LinkSecret.of("mine", TEXT);
        try (LinkConnector connector = connector(open.port(), mine, heard)) {
            await().until(() -> heard.failed.contains(CloseReason.UNAUTHENTICATED));
            assertThat(connector.link()).isNull();
            assertThat(heard.opened).isEmpty();
        } finally {
            open.close();
        }
        assertThat(mine.refused()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"hello\n", "GET / HTTP/1.1\r\n\r\n", "\0\0\0\u0014\5\0\0\0................", "\0\0\u0020\0"})
    void aStrangersBytesAreAnsweredWithNothing(String bytes) throws IOException {
        try (Peer stranger = Peer.to(server)) {
            stranger.send(Unpooled.copiedBuffer(bytes, UTF_8)).socket().shutdownOutput();
            assertThat(stranger.rest()).isEmpty();
        }
    }

    @Test
    void malformedFramesAreAnsweredWithNothing() throws IOException {
        try (Peer stranger = Peer.to(server)) {
            assertThat(stranger.send(Unpooled.buffer().writeInt(5_000)).rest()).isEmpty();
        }
        await().until(() -> ends.failed.contains(CloseReason.UNAUTHENTICATED));
    }

    @Test
    void aHelloWithoutTheFeatureIsAnsweredWithNothing() throws IOException {
        ByteBuf hello = Unpooled.buffer();
        Hello.of("gateway", "stranger", 1_000, 64 * 1024).encode(hello);
        try (Peer stranger = Peer.to(server)) {
            assertThat(stranger.send(hello).rest()).isEmpty();
        }
    }

    @Test
    void aStrangerWhoSpeaksTheProtocolHearsANonceAndNothingElse() throws IOException {
        try (Peer stranger = Peer.to(server)) {
            ByteBuf auth = stranger.send(hello(1)).frame();
            byte[] rest =
                    stranger.send(proof("another secret, as long", nonce(auth))).rest();

            assertThat(Frames.type(auth, 0)).isEqualTo(FrameType.AUTH);
            assertThat(Frames.metadata(auth, 0).asMap()).containsOnlyKeys("nonce");
            assertThat(auth.readableBytes()).isEqualTo(AUTH_BYTES);
            ByteBuf nothingElse = Unpooled.buffer();
            Auth.encodeNonce(nothingElse, nonce(auth));
            assertThat(auth).isEqualTo(nothingElse);
            assertThat(rest).isEmpty();
        }
        await().until(() -> ends.failed.contains(CloseReason.UNAUTHENTICATED));
        assertThat(ends.opened).isEmpty();
    }

    @Test
    void everyConnectionHasANonceOfItsOwn() throws IOException {
        try (Peer one = Peer.to(server);
                Peer other = Peer.to(server)) {
            assertThat(nonce(one.send(hello(1)).frame()))
                    .isNotEqualTo(nonce(other.send(hello(1)).frame()));
        }
    }

    @Test
    void aRecordedHandshakeOpensNothing() throws IOException {
        ByteBuf recorded;
        try (Peer ours = Peer.to(server)) {
            recorded = proof(TEXT, nonce(ours.send(hello(1)).frame()));
            assertThat(Frames.type(ours.send(recorded).frame(), 0)).isEqualTo(FrameType.HELLO);
        }
        try (Peer replayed = Peer.to(server)) {
            replayed.send(hello(1)).frame();
            assertThat(replayed.send(recorded).rest()).isEmpty();
        }
        assertThat(ends.opened).hasSize(1);
    }

    @Test
    void aProofSentBackProvesNothing() throws Exception {
        Ends heard = new Ends();
        try (ServerSocket mirror = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                LinkConnector connector = connector(mirror.getLocalPort(), secret, heard);
                Peer peer = Peer.of(mirror.accept())) {
            Hello hello = Hello.decode(peer.frame(), 0);
            ByteBuf nonce = Unpooled.buffer();
            Auth.encodeNonce(nonce, hello.nonceBytes());
            byte[] proof = Auth.decodeProof(peer.send(nonce).frame(), 0);
            ByteBuf answer = Unpooled.buffer();
            Hello.of("worker", "mirror", 1_000, 64 * 1024).withProof(proof).encode(answer);

            assertThat(peer.send(answer).rest()).isEmpty();
            await().until(() -> heard.failed.contains(CloseReason.UNAUTHENTICATED));
            assertThat(connector.link()).isNull();
        }
    }

    @Test
    void anAcceptorMayNotSkipItsPart() throws Exception {
        Ends heard = new Ends();
        try (ServerSocket stranger = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                LinkConnector connector = connector(stranger.getLocalPort(), secret, heard)) {
            try (Peer withoutChallenge = Peer.of(stranger.accept())) {
                withoutChallenge.frame();
                ByteBuf answer = Unpooled.buffer();
                Hello.of("worker", "stranger", 1_000, 64 * 1024)
                        .withProof(NONCE)
                        .encode(answer);
                assertThat(withoutChallenge.send(answer).rest()).isEmpty();
            }
            try (Peer withoutProof = Peer.of(stranger.accept())) {
                withoutProof.frame();
                ByteBuf nonce = Unpooled.buffer();
                Auth.encodeNonce(nonce, NONCE);
                withoutProof.send(nonce).frame();
                ByteBuf answer = Unpooled.buffer();
                Hello.of("worker", "stranger", 1_000, 64 * 1024).encode(answer);
                assertThat(withoutProof.send(answer).rest()).isEmpty();
            }
            await().until(() -> heard.failed.size() >= 2);
            assertThat(heard.failed).containsOnly(CloseReason.UNAUTHENTICATED);
            assertThat(connector.link()).isNull();
        }
    }

    @Test
    void whatAStrangerSaysIsNotRepeated() throws Exception {
        Ends heard = new Ends();
        try (ServerSocket stranger = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                LinkConnector connector = connector(stranger.getLocalPort(), secret, heard);
                Peer peer = Peer.of(stranger.accept())) {
            peer.frame();
            ByteBuf goAway = Unpooled.buffer();
            Frames.writeStatus(goAway, FrameType.GOAWAY, Status.FAILED_PRECONDITION, 0, 0, "call\nthis number");
            peer.send(goAway);

            await().until(() -> heard.failed.contains(CloseReason.PEER_WENT_AWAY));
            assertThat(heard.details).first().isEqualTo("GOAWAY FAILED_PRECONDITION in place of its proof");
            assertThat(connector.link()).isNull();
        }
    }

    @Test
    void whichVersionsItSpeaksIsSaidOnlyToWhoKnowsTheSecret() throws IOException {
        try (Peer stranger = Peer.to(server);
                Peer ours = Peer.to(server)) {
            byte[] nonce = nonce(stranger.send(hello(9)).frame());
            assertThat(stranger.send(proof("another secret, as long", nonce)).rest())
                    .isEmpty();

            ByteBuf goAway =
                    ours.send(proof(TEXT, nonce(ours.send(hello(9)).frame()))).frame();
            assertThat(Frames.type(goAway, 0)).isEqualTo(FrameType.GOAWAY);
            assertThat(Status.of(Frames.code(goAway, 0))).isEqualTo(Status.FAILED_PRECONDITION);
        }
        await().until(() -> ends.failed.contains(CloseReason.VERSION_MISMATCH));
    }

    @Test
    void whoHasYetToProveHimselfMayNotSendLongFrames() throws IOException {
        try (Peer stranger = Peer.to(server)) {
            stranger.send(hello(1)).frame();
            assertThat(stranger.send(Unpooled.buffer().writeInt(Hello.MAX_LENGTH + 1))
                            .rest())
                    .isEmpty();
        }
    }

    @Test
    void authOnAnOpenLinkIsAProtocolError() throws IOException {
        try (Peer peer = Peer.to(server)) {
            byte[] nonce = nonce(peer.send(hello(1)).frame());
            peer.send(proof(TEXT, nonce)).frame();

            assertThat(Frames.text(peer.send(proof(TEXT, nonce)).frame(), 0)).contains("AUTH");
        }
        await().until(() -> ends.closed.contains(CloseReason.PROTOCOL_ERROR));
    }
}
