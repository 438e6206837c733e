package io.fairlead.starter.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.wire.Route;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;

/// Digests of what was asked under a key.
final class Fingerprints {
    private final Map<String, FingerprintKind> byService;
    private final Fingerprint others;

    Fingerprints(Map<String, FingerprintKind> byService, Fingerprint others) {
        this.byService = Map.copyOf(byService);
        this.others = others;
    }

    /// SHA-256 of the method's name and of what counts of the payload.
    byte[] of(Route route, byte[] payload) {
        FingerprintKind named = byService.get(route.service());
        MessageDigest digest = digest();
        digest.update(route.method().getBytes(UTF_8));
        digest.update((byte) 0);
        return digest.digest((named == null ? others : named).significant(route, payload));
    }

    static byte[] sha256(byte[] bytes) {
        return digest().digest(bytes);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is in every Java runtime", e);
        }
    }
}
