package io.fairlead.starter;

import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import java.time.Duration;
import java.util.Optional;

/// What a handler may know of the call it answers, beside the payload.
///
/// Thread-safe; valid until the call is answered.
///
/// @since 0.1
public interface CallContext {
    /// What was called.
    Route route();

    /// What came beside the payload, such as trace context and keys.
    Metadata metadata();

    /// Who the client is, as the gateway found out; empty if it did not say.
    ///
    /// Believe it only as far as you believe whoever can reach this worker's port.
    default Optional<String> identity() {
        return Optional.ofNullable(metadata().get(Metadata.IDENTITY));
    }

    /// The client's key for "once in effect".
    default Optional<String> idempotencyKey() {
        return Optional.ofNullable(metadata().get(Metadata.IDEMPOTENCY_KEY));
    }

    /// The key whose messages are applied in order.
    default Optional<String> orderingKey() {
        return Optional.ofNullable(metadata().get(Metadata.ORDERING_KEY));
    }

    /// The journal's name of the durable message that is delivered; empty for a call.
    default Optional<String> messageId() {
        return Optional.ofNullable(metadata().get(Metadata.MESSAGE_ID));
    }

    /// Which attempt this is to deliver a durable message, from 1; 1 for a call.
    default int attempt() {
        return 1;
    }

    /// Address of the process that sent the call, `host:port`: usually a gateway's, not the client's.
    String remoteAddress();

    /// Whether the caller set a deadline.
    boolean hasDeadline();

    /// Time until the deadline, negative when past; about a thousand years without a deadline.
    Duration timeLeft();

    /// Whether nobody waits for the answer any more: the caller cancelled or went away, or the deadline
    /// passed. Ask between the steps of long work.
    boolean isCancelled();

    /// Runs `action` once, on a virtual thread of its own, when nobody waits for the answer any more, as
    /// [#isCancelled] says; at once if that has happened. Not after the call has been answered.
    void onCancel(Runnable action);

    /// Sends metadata back with a reply. The last value of a key wins. An error carries none.
    ///
    /// @throws IllegalArgumentException if the key is malformed or all of it grows longer than
    ///     [Metadata#MAX_BYTES]
    void replyMetadata(String key, String value);
}
