package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// How the two sides of a link prove to each other that they know the same secret, which itself never travels.
///
/// ```
/// connector                                                   acceptor
///     | --- HELLO, feature bit 0x1, nonce c ------------------> |
///     | <------------------------------------- AUTH, nonce a -- |
///     | --- AUTH, proof = HMAC("fairlead connector", c, a) ---> |
///     | <-- HELLO, proof = HMAC("fairlead acceptor", c, a) ---- |
/// ```
///
/// Both nonces are random and of this connection alone, so that a recorded proof is worth nothing on another; the
/// names of the sides keep one side's proof from being sent back as the other's. The connector proves itself first:
/// a stranger who connects gets a nonce and nothing that he could try passwords against.
///
/// What this does not give: frames are neither encrypted nor signed, and a proof is not bound to the connection that
/// it travels on. Who can put himself between two sides may pass their proofs on, and then read and change what
/// follows; who hears or provokes a handshake of a connector can try weak secrets against it at leisure. Use a random
/// secret, and TLS where the network is not trusted. All sides share one secret: it tells strangers from our own
/// processes, not one of them from another.
///
/// The shape is that of ISO/IEC 9798-4's mutual authentication with three passes and of SCRAM (RFC 5802), with
/// HMAC-SHA256 (RFC 2104).
public final class Auth {
    /// Bytes of a nonce, random ones.
    public static final int NONCE_BYTES = 32;

    /// Bytes of a proof.
    public static final int PROOF_BYTES = 32;

    static final String NONCE = "nonce";
    static final String PROOF = "proof";

    private static final String ALGORITHM = "HmacSHA256";

    /// Who proves.
    public enum Side {
        /// The side that opened the connection.
        CONNECTOR("fairlead connector"),
        /// The side that listened.
        ACCEPTOR("fairlead acceptor");

        private final String label;

        Side(String label) {
            this.label = label;
        }
    }

    private Auth() {}

    /// What `prover` sends to show that it knows the secret.
    ///
    /// @param connectorNonce of [#NONCE_BYTES], as is `acceptorNonce`
    /// @return [#PROOF_BYTES]
    public static byte[] proof(byte[] secret, Side prover, byte[] connectorNonce, byte[] acceptorNonce) {
        if (connectorNonce.length != NONCE_BYTES || acceptorNonce.length != NONCE_BYTES) {
            throw new IllegalArgumentException("nonces: " + connectorNonce.length + " and " + acceptorNonce.length
                    + " bytes (expected: " + NONCE_BYTES + " each)");
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            mac.update(prover.label.getBytes(US_ASCII));
            mac.update(connectorNonce);
            mac.update(acceptorNonce);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is in every JDK", e);
        }
    }

    /// Writes the acceptor's AUTH.
    public static void encodeNonce(ByteBuf out, byte[] nonce) {
        encode(out, NONCE, nonce);
    }

    /// Writes the connector's AUTH.
    public static void encodeProof(ByteBuf out, byte[] proof) {
        encode(out, PROOF, proof);
    }

    private static void encode(ByteBuf out, String key, byte[] value) {
        Metadata metadata = Metadata.EMPTY.with(key, hex(value));
        Frames.writeHeader(out, FrameType.AUTH, (byte) 0, 0, 0, 0, 0, metadata.encodedBytes(), 0);
        metadata.encode(out);
    }

    /// Reads the acceptor's AUTH at `at`.
    ///
    /// @throws ProtocolException if it is none
    public static byte[] decodeNonce(ByteBuf buf, int at) {
        return decode(buf, at, NONCE);
    }

    /// Reads the connector's AUTH at `at`.
    ///
    /// @throws ProtocolException if it is none
    public static byte[] decodeProof(ByteBuf buf, int at) {
        return decode(buf, at, PROOF);
    }

    private static byte[] decode(ByteBuf buf, int at, String key) {
        byte type = Frames.type(buf, at);
        if (type != FrameType.AUTH) {
            throw new ProtocolException("frame: " + FrameType.name(type) + " (expected: AUTH)");
        }
        return bytes(key, Frames.metadata(buf, at).get(key));
    }

    static String hex(byte[] value) {
        return HexFormat.of().formatHex(value);
    }

    /// The 32 bytes that a nonce's or a proof's text says.
    static byte[] bytes(String key, @Nullable String hex) {
        if (hex == null || hex.length() != 2 * NONCE_BYTES || !hex.chars().allMatch(HexFormat::isHexDigit)) {
            // The value is not shown: a stranger chose it, and it may be anything.
            throw new ProtocolException(key + ": none, or malformed (expected: " + 2 * NONCE_BYTES + " hex digits)");
        }
        return HexFormat.of().parseHex(hex);
    }
}
