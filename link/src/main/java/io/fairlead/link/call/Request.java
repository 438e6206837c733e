package io.fairlead.link.call;

import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import java.time.Duration;
import java.util.Objects;

/// A call to be sent.
///
/// @param payload not copied: do not change it while the call is in flight
/// @param timeout time until the deadline, above 0; [#NO_TIMEOUT] for a stream without end
/// @param priority what is given up first where there is not room for all
/// @param idempotent the caller's word that running it twice does no harm, so that it may be repeated
/// @param send whether it is a durable message, whose answer says that it is on disk
@SuppressWarnings("ArrayRecordComponent") // payloads are passed on and never compared
public record Request(
        Route route,
        Metadata metadata,
        byte[] payload,
        Duration timeout,
        Priority priority,
        boolean idempotent,
        boolean send) {
    /// For streams without end, such as a watch.
    public static final Duration NO_TIMEOUT = Duration.ZERO;

    /// @throws IllegalArgumentException if the timeout is negative
    /// @throws NullPointerException if there is no payload
    public Request {
        Objects.requireNonNull(payload, "payload");
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: above 0, or 0 for none)");
        }
    }

    /// A call, not a durable message.
    public Request(
            Route route, Metadata metadata, byte[] payload, Duration timeout, Priority priority, boolean idempotent) {
        this(route, metadata, payload, timeout, priority, idempotent, false);
    }

    /// A call of normal priority, of which nothing is said.
    public Request(Route route, Metadata metadata, byte[] payload, Duration timeout) {
        this(route, metadata, payload, timeout, Priority.NORMAL, false);
    }

    /// A call without metadata.
    public static Request of(String route, byte[] payload, Duration timeout) {
        return new Request(Route.parse(route), Metadata.EMPTY, payload, timeout);
    }

    boolean hasKey() {
        return metadata.get(Metadata.IDEMPOTENCY_KEY) != null;
    }
}
