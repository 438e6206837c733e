package io.fairlead.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.wire.Auth;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The secret by which the processes of one suite know each other, and the count of those who did not know it.
/// Thread-safe; one for each process, shared by all of its links.
///
/// [Auth] says how it is proved, and what that does not give: no encryption, and no bond between a proof and the
/// connection. Where the network is not trusted, use TLS ([LinkSettings#withSslContext]) as well.
public final class LinkSecret {
    /// The shortest secret.
    public static final int MIN_CHARS = 16;

    private static final Logger log = LoggerFactory.getLogger(LinkSecret.class);

    /// A stranger who knocks all the time fills no disk.
    private static final long WARN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final byte[] key;
    private final SecureRandom random;
    private final LongAdder refused = new LongAdder();
    private final AtomicLong untold = new AtomicLong();
    private final AtomicLong nextWarningNanos;

    LinkSecret(String text, SecureRandom random, long nowNanos) {
        this.key = text.getBytes(UTF_8);
        this.random = random;
        this.nextWarningNanos = new AtomicLong(nowNanos);
        // A JDK without the algorithm is found at the start; and loading it now takes that time from no link.
        byte[] zeros = new byte[Auth.NONCE_BYTES];
        proof(Auth.Side.CONNECTOR, zeros, zeros);
    }

    /// @param property what messages call it, such as `fairlead.secret`
    /// @param text at least [#MIN_CHARS] characters, better 32 random bytes in hex
    /// @throws IllegalArgumentException if it is too short, or begins or ends with white space, without showing it
    public static LinkSecret of(String property, String text) {
        if (text.length() < MIN_CHARS) {
            throw new IllegalArgumentException(property + ": " + text.length() + " characters (expected: at least "
                    + MIN_CHARS + ", better 64 random hex digits, as `openssl rand -hex 32` prints)");
        }
        if (!text.strip().equals(text)) {
            throw new IllegalArgumentException(property + ": white space at its beginning or end (expected: none)");
        }
        return new LinkSecret(text, new SecureRandom(), System.nanoTime());
    }

    /// As [#of]; null and empty texts are none.
    public static @Nullable LinkSecret ofNullable(String property, @Nullable String text) {
        return text == null || text.isEmpty() ? null : of(property, text);
    }

    /// Whether a port for links at this address is reached from other machines, so that it must not be opened
    /// without a secret. An address that is not known counts as one.
    public static boolean isNeededAt(String bindAddress) {
        try {
            return !InetAddress.getByName(bindAddress).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return true;
        }
    }

    /// Links that did not come about because the other side did not prove that it knows the secret, since the start.
    public long refused() {
        return refused.sum();
    }

    byte[] nonce() {
        byte[] nonce = new byte[Auth.NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    byte[] proof(Auth.Side prover, byte[] connectorNonce, byte[] acceptorNonce) {
        return Auth.proof(key, prover, connectorNonce, acceptorNonce);
    }

    /// Whether it is the proof of that side; takes as long for a wrong one as for the right one.
    boolean proves(byte[] proof, Auth.Side prover, byte[] connectorNonce, byte[] acceptorNonce) {
        return MessageDigest.isEqual(proof, proof(prover, connectorNonce, acceptorNonce));
    }

    /// Counts a link that was refused, and warns of it, unless that was done a moment ago.
    ///
    /// @param link whose, for people
    /// @param why without anything that the other side sent
    /// @return whether it warned
    boolean refused(String link, String why, long nowNanos) {
        refused.increment();
        long next = nextWarningNanos.get();
        if (nowNanos - next < 0 || !nextWarningNanos.compareAndSet(next, nowNanos + WARN_NANOS)) {
            untold.incrementAndGet();
            return false;
        }
        log.warn(
                "{} refused: {}. If it is one of ours, give it the same secret ({} more like this since the last time)",
                link,
                why,
                untold.getAndSet(0));
        return true;
    }

    @Override
    public String toString() {
        return "LinkSecret[hidden]";
    }
}
