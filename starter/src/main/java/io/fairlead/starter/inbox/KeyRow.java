package io.fairlead.starter.inbox;

import io.fairlead.starter.FairleadException;
import io.fairlead.wire.Status;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// What is kept of a key.
///
/// @param atMillis when it was done, or started
/// @param owner the process that started it; null once done
/// @param instance the owner's name
/// @param deadlineMillis when the owner has ended for certain, wall clock
/// @param reply null unless done
@SuppressWarnings("ArrayRecordComponent") // passed on and never compared
record KeyRow(
        String method,
        byte[] fingerprint,
        boolean done,
        long atMillis,
        @Nullable String owner,
        @Nullable String instance,
        long deadlineMillis,
        @Nullable StoredReply reply) {

    /// A key that this process has just kept.
    static KeyRow done(KeyedRequest request, StoredReply reply) {
        return new KeyRow(request.route().method(), request.fingerprint(), true, 0, null, null, 0, reply);
    }

    boolean matches(KeyedRequest request) {
        return method.equals(request.route().method()) && MessageDigest.isEqual(fingerprint, request.fingerprint());
    }

    FairleadException mismatch(KeyedRequest request) {
        return new FairleadException(
                Status.FAILED_PRECONDITION,
                method.equals(request.route().method())
                        ? "idempotency-key: was used with another payload (expected: the same payload, or a new key)"
                        : "idempotency-key: was used for method " + method + " (expected: a new key)");
    }
}
