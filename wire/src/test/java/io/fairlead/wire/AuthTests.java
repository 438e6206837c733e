package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fairlead.wire.Auth.Side;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthTests {
    private static final byte[] SECRET = "correct horse battery staple".getBytes(UTF_8);

    private final Hello connector = Hello.decode(vector("auth-1-hello-connector"), 0);
    private final byte[] nonce = Auth.decodeNonce(vector("auth-2-nonce"), 0);
    private final byte[] proof = Auth.decodeProof(vector("auth-3-proof"), 0);
    private final Hello acceptor = Hello.decode(vector("auth-4-hello-acceptor"), 0);

    private static ByteBuf vector(String name) {
        return TestVector.named(name).buffer();
    }

    @Test
    void theVectorsProofsAreThoseOfTheirSecret() {
        assertThat(Auth.proof(SECRET, Side.CONNECTOR, connector.nonceBytes(), nonce))
                .isEqualTo(proof);
        assertThat(Auth.proof(SECRET, Side.ACCEPTOR, connector.nonceBytes(), nonce))
                .isEqualTo(acceptor.proofBytes());
    }

    @Test
    void aProofIsOfOneSideOneSecretAndTheseNoncesInThisOrder() {
        byte[] c = connector.nonceBytes();

        assertThat(proof)
                .isNotEqualTo(acceptor.proofBytes())
                .isNotEqualTo(Auth.proof("another secret, as long".getBytes(UTF_8), Side.CONNECTOR, c, nonce))
                .isNotEqualTo(Auth.proof(SECRET, Side.CONNECTOR, nonce, c));
    }

    @Test
    void writesTheVectors() {
        assertThat(bytes(out -> Auth.encodeNonce(out, nonce)))
                .isEqualTo(TestVector.named("auth-2-nonce").bytes());
        assertThat(bytes(out -> Auth.encodeProof(out, proof)))
                .isEqualTo(TestVector.named("auth-3-proof").bytes());
        assertThat(bytes(Hello.of("gateway", "gateway-1", 1_000, Frames.DEFAULT_MAX_LENGTH)
                        .withNonce(connector.nonceBytes())::encode))
                .isEqualTo(TestVector.named("auth-1-hello-connector").bytes());
        assertThat(bytes(Hello.of("worker", "worker-1", 1_000, Frames.DEFAULT_MAX_LENGTH)
                        .withProof(acceptor.proofBytes())::encode))
                .isEqualTo(TestVector.named("auth-4-hello-acceptor").bytes());
        assertThat(connector.hasAuth()).isTrue();
        assertThat(Hello.of("client", "", 1_000, 1_000).hasAuth()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "zz", "-1", "\u0663\u0663"})
    void malformedNoncesAndProofsAreProtocolErrorsThatDoNotShowThem(String pair) {
        ByteBuf buf = Unpooled.buffer();
        Metadata metadata = Metadata.EMPTY.with("nonce", pair.repeat(31)).with("proof", pair + "!".repeat(62));
        Frames.writeHeader(buf, FrameType.AUTH, (byte) 0, 0, 0, 0, 0, metadata.encodedBytes(), 0);
        metadata.encode(buf);

        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> Auth.decodeNonce(buf, 0))
                .withMessage("nonce: none, or malformed (expected: 64 hex digits)");
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> Auth.decodeProof(buf, 0))
                .withMessage("proof: none, or malformed (expected: 64 hex digits)");
    }

    @Test
    void anotherFrameIsNoAuth() {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> Auth.decodeProof(vector("ping"), 0))
                .withMessage("frame: PING (expected: AUTH)");
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> Auth.decodeProof(vector("auth-2-nonce"), 0));
    }

    private static byte[] bytes(Consumer<ByteBuf> encode) {
        ByteBuf out = Unpooled.buffer();
        encode.accept(out);
        return ByteBufUtil.getBytes(out);
    }
}
