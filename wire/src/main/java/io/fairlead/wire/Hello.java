package io.fairlead.wire;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The first frame of each side of a link.
///
/// @param version highest version that the connector speaks, or the one that the acceptor chose
/// @param lowestVersion lowest version spoken
/// @param features bits offered or taken
/// @param heartbeatMillis interval at which the sender sends heartbeats, above 0
/// @param role `client`, `gateway`, `worker` or `registry`
/// @param name of the process, for people
/// @param maxLength largest length field that the sender accepts
/// @param nonce of a connector that offers [#AUTH], as the hex digits that travel; null = none
/// @param proof of an acceptor that took [#AUTH], as the hex digits that travel; null = none
public record Hello(
        int version,
        int lowestVersion,
        long features,
        long heartbeatMillis,
        String role,
        String name,
        int maxLength,
        @Nullable String nonce,
        @Nullable String proof) {
    /// The version that this code speaks.
    public static final int VERSION = 1;

    /// The feature bit of authentication.
    public static final long AUTH = 0x1;

    /// The feature bit of acceptors that run a REQUEST with [Frames#FLAG_REPEATED] only where that is safe.
    public static final long REPEATS = 0x2;

    /// The feature bit of acceptors that take durable messages, a REQUEST with [Frames#FLAG_SEND].
    public static final long SENDS = 0x4;

    /// The largest length field of what is sent before a link is open, HELLO and AUTH: nobody gathers more
    /// for somebody he does not know.
    public static final int MAX_LENGTH = 4096;

    private static final String ROLE = "role";
    private static final String NAME = "name";
    private static final String MAX_FRAME = "max-frame";

    /// A HELLO without authentication.
    public Hello(
            int version,
            int lowestVersion,
            long features,
            long heartbeatMillis,
            String role,
            String name,
            int maxLength) {
        this(version, lowestVersion, features, heartbeatMillis, role, name, maxLength, null, null);
    }

    /// The HELLO of this code.
    public static Hello of(String role, String name, long heartbeatMillis, int maxLength) {
        return new Hello(VERSION, VERSION, 0, heartbeatMillis, role, name, maxLength);
    }

    /// This HELLO with more feature bits.
    public Hello withFeatures(long bits) {
        return new Hello(version, lowestVersion, features | bits, heartbeatMillis, role, name, maxLength, nonce, proof);
    }

    /// This HELLO of a connector that wants to prove itself.
    public Hello withNonce(byte[] bytes) {
        return withAuth(Auth.hex(bytes), proof);
    }

    /// This HELLO of an acceptor that proves itself.
    public Hello withProof(byte[] bytes) {
        return withAuth(nonce, Auth.hex(bytes));
    }

    private Hello withAuth(@Nullable String newNonce, @Nullable String newProof) {
        return new Hello(
                version, lowestVersion, features | AUTH, heartbeatMillis, role, name, maxLength, newNonce, newProof);
    }

    /// Whether the connector offers to prove itself, or the acceptor has done so.
    public boolean hasAuth() {
        return (features & AUTH) != 0;
    }

    /// The bytes of [#nonce].
    ///
    /// @throws ProtocolException if there is none, or it is malformed
    public byte[] nonceBytes() {
        return Auth.bytes(Auth.NONCE, nonce);
    }

    /// The bytes of [#proof].
    ///
    /// @throws ProtocolException if there is none, or it is malformed
    public byte[] proofBytes() {
        return Auth.bytes(Auth.PROOF, proof);
    }

    /// Whether both sides have a version in common.
    public boolean compatible() {
        return lowestVersion <= VERSION && VERSION <= version;
    }

    /// Writes the frame.
    public void encode(ByteBuf out) {
        Metadata metadata =
                Metadata.EMPTY.with(ROLE, role).with(NAME, name).with(MAX_FRAME, Integer.toString(maxLength));
        metadata = nonce == null ? metadata : metadata.with(Auth.NONCE, nonce);
        metadata = proof == null ? metadata : metadata.with(Auth.PROOF, proof);
        int at = out.writerIndex();
        Frames.writeHeader(
                out, FrameType.HELLO, (byte) 0, version, features, heartbeatMillis, 0, metadata.encodedBytes(), 0);
        out.setByte(at + Frames.LOW, lowestVersion);
        metadata.encode(out);
    }

    /// Reads the frame at `at`.
    ///
    /// @throws ProtocolException if it is no HELLO or is malformed
    public static Hello decode(ByteBuf buf, int at) {
        if (Frames.type(buf, at) != FrameType.HELLO) {
            throw new ProtocolException("first frame: " + FrameType.name(Frames.type(buf, at)) + " (expected: HELLO)");
        }
        long heartbeatMillis = Frames.timeMillis(buf, at);
        if (heartbeatMillis < 1) {
            throw new ProtocolException("HELLO heartbeat interval: 0 ms (expected: at least 1)");
        }
        Metadata metadata = Frames.metadata(buf, at);
        return new Hello(
                Frames.code(buf, at),
                Frames.low(buf, at),
                Frames.id(buf, at),
                heartbeatMillis,
                orElse(metadata.get(ROLE), "client"),
                orElse(metadata.get(NAME), ""),
                maxLength(metadata.get(MAX_FRAME)),
                metadata.get(Auth.NONCE),
                metadata.get(Auth.PROOF));
    }

    private static int maxLength(@Nullable String text) {
        if (text == null) {
            return Frames.DEFAULT_MAX_LENGTH;
        }
        try {
            int value = Integer.parseInt(text);
            // parseInt also takes a sign and the digits of other scripts
            if (value >= Frames.MIN_LENGTH && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, together with numbers out of range.
        }
        throw new ProtocolException("HELLO " + MAX_FRAME + ": '" + text + "' (expected: " + Frames.MIN_LENGTH + " to "
                + Integer.MAX_VALUE + ")");
    }

    private static String orElse(@Nullable String value, String otherwise) {
        return value != null ? value : otherwise;
    }
}
