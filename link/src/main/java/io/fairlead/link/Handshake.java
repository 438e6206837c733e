package io.fairlead.link;

import io.fairlead.wire.Auth;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.fairlead.wire.ProtocolException;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// What the two sides of a link say before it is open. Confined to the link's loop.
///
/// ```
///                 without a secret              with a secret
/// connector:  HELLO → HELLO, open      HELLO, nonce → AUTH, nonce → HELLO, proof, open
/// acceptor:   HELLO, open              HELLO, nonce → AUTH, proof, open
/// ```
///
/// With a secret anything else ends it, an acceptor's at once and without a word: until the other side has
/// proved itself it hears nothing of us but a nonce. So neither side can be talked out of asking for a proof.
final class Handshake {
    /// What comes after a frame.
    sealed interface Outcome {
        /// Another frame is awaited.
        record Waiting() implements Outcome {}

        /// Both sides have said what they had to.
        record Open(Hello peer) implements Outcome {}

        /// No link comes about.
        ///
        /// @param why for our own log
        /// @param told the status with which the other side is told why; null = nothing is said
        record Refused(
                CloseReason reason, String why, @Nullable Status told) implements Outcome {}
    }

    private static final Outcome WAITING = new Outcome.Waiting();
    private static final int MAX_BYTES = Frames.LENGTH_BYTES + Hello.MAX_LENGTH;
    private static final byte[] NONE = new byte[0];

    private final LinkSettings settings;
    private final boolean acceptor;
    private final long taken;
    private final @Nullable LinkSecret secret;

    private byte[] connectorNonce = NONE;
    private byte[] acceptorNonce = NONE;

    /// What a connector said that has yet to prove itself: believed by nobody.
    private @Nullable Hello unproved;

    /// @param taken feature bits that an acceptor takes
    Handshake(LinkSettings settings, boolean acceptor, long taken) {
        this.taken = taken;
        this.settings = settings;
        this.acceptor = acceptor;
        this.secret = settings.secret();
    }

    /// The connector's first word.
    ///
    /// @param out gives a buffer with room for so many bytes, as [Link#out]
    void begin(IntFunction<ByteBuf> out) {
        if (!acceptor) {
            Hello hello = hello().withFeatures(Hello.REPEATS | Hello.SENDS);
            if (secret != null) {
                connectorNonce = secret.nonce();
                hello = hello.withNonce(connectorNonce);
            }
            hello.encode(out.apply(MAX_BYTES));
        }
    }

    /// Takes the next frame of the other side.
    ///
    /// @throws ProtocolException if it is none that may come now; see [#mayTell]
    Outcome read(ByteBuf buf, int at, IntFunction<ByteBuf> out) {
        if (acceptor) {
            return secret == null ? greet(Hello.decode(buf, at), null, out) : challenge(secret, buf, at, out);
        }
        if (Frames.type(buf, at) == FrameType.GOAWAY) {
            return new Outcome.Refused(CloseReason.PEER_WENT_AWAY, goAwayReason(buf, at), null);
        }
        return secret == null ? greeted(Hello.decode(buf, at)) : prove(secret, buf, at, out);
    }

    /// For our log and screens: no text of somebody who should prove himself and has not.
    private String goAwayReason(ByteBuf buf, int at) {
        return secret == null
                ? Frames.text(buf, at)
                : "GOAWAY " + Status.of(Frames.code(buf, at)) + " in place of its proof";
    }

    /// Whether the other side may be told what was wrong with its frames.
    boolean mayTell() {
        return secret == null;
    }

    /// What it may mean that the other side closed in the middle.
    String closedHint() {
        if (acceptor) {
            return "";
        }
        return secret == null
                ? "closed before its HELLO: perhaps it asks for a secret, and this side has none"
                : "closed before its HELLO: perhaps its secret is another one";
    }

    private Hello hello() {
        return Hello.of(
                settings.role(), settings.name(), settings.heartbeatInterval().toMillis(), settings.maxFrameBytes());
    }

    private Outcome challenge(LinkSecret known, ByteBuf buf, int at, IntFunction<ByteBuf> out) {
        Hello waiting = unproved;
        if (waiting == null) {
            Hello hello = Hello.decode(buf, at);
            if (!hello.hasAuth()) {
                return stranger("it offers no proof of the secret");
            }
            connectorNonce = hello.nonceBytes();
            acceptorNonce = known.nonce();
            unproved = hello;
            Auth.encodeNonce(out.apply(MAX_BYTES), acceptorNonce);
            return WAITING;
        }
        if (!known.proves(Auth.decodeProof(buf, at), Auth.Side.CONNECTOR, connectorNonce, acceptorNonce)) {
            return stranger("its proof of the secret is wrong");
        }
        return greet(waiting, known.proof(Auth.Side.ACCEPTOR, connectorNonce, acceptorNonce), out);
    }

    /// The acceptor's HELLO, with which the link is open.
    private Outcome greet(Hello peer, byte @Nullable [] proof, IntFunction<ByteBuf> out) {
        if (!peer.compatible()) {
            return incompatible(peer);
        }
        Hello hello = hello().withFeatures(peer.features() & taken);
        (proof == null ? hello : hello.withProof(proof)).encode(out.apply(MAX_BYTES));
        return new Outcome.Open(peer);
    }

    private Outcome prove(LinkSecret known, ByteBuf buf, int at, IntFunction<ByteBuf> out) {
        byte type = Frames.type(buf, at);
        if (type == FrameType.AUTH && acceptorNonce.length == 0) {
            acceptorNonce = Auth.decodeNonce(buf, at);
            Auth.encodeProof(out.apply(MAX_BYTES), known.proof(Auth.Side.CONNECTOR, connectorNonce, acceptorNonce));
            return WAITING;
        }
        Hello hello = Hello.decode(buf, at);
        if (acceptorNonce.length == 0 || !hello.hasAuth()) {
            return stranger("it does not prove that it knows the secret");
        }
        if (!known.proves(hello.proofBytes(), Auth.Side.ACCEPTOR, connectorNonce, acceptorNonce)) {
            return stranger("its proof of the secret is wrong");
        }
        return greeted(hello);
    }

    /// The acceptor's HELLO, with which the link is open, as the connector sees it.
    private static Outcome greeted(Hello peer) {
        return peer.compatible() ? new Outcome.Open(peer) : incompatible(peer);
    }

    private static Outcome incompatible(Hello peer) {
        return new Outcome.Refused(
                CloseReason.VERSION_MISMATCH,
                "protocol version: " + peer.lowestVersion() + " to " + peer.version() + " (expected: " + Hello.VERSION
                        + ")",
                Status.FAILED_PRECONDITION);
    }

    private static Outcome stranger(String why) {
        return new Outcome.Refused(CloseReason.UNAUTHENTICATED, why, null);
    }
}
