package io.fairlead.starter.inbox;

import io.fairlead.wire.Route;
import org.jspecify.annotations.Nullable;

/// A call with a key, or a delivery, as the inbox sees it. Made by [Inbox#request].
///
/// @param fingerprint of the method and the payload
/// @param payload for who must find out what became of it
/// @param deadlineNanos on the clock of `System.nanoTime`; `Long.MAX_VALUE` = none
/// @param timeoutMillis the method's own; 0 = none
/// @param delivery whether it is a durable message
/// @param fence of the delivery; null if it has none
@SuppressWarnings("ArrayRecordComponent") // passed on and never compared
public record KeyedRequest(
        InboxKey key,
        Route route,
        byte[] fingerprint,
        byte[] payload,
        long deadlineNanos,
        long timeoutMillis,
        boolean delivery,
        @Nullable Fence fence) {

    /// Time that may be spent on waiting, at most `mostNanos`.
    long nanosLeft(long mostNanos) {
        return deadlineNanos == Long.MAX_VALUE ? mostNanos : Math.min(mostNanos, deadlineNanos - System.nanoTime());
    }
}
