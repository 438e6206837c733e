package io.fairlead.link.call;

import io.netty.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/// A call of a [CallClient] from its submission to its end. Confined to the client's loop after submission.
final class OutgoingCall {
    final Request request;
    final CallObserver observer;
    final long deadlineNanos;

    @Nullable ScheduledFuture<?> timer;

    /// The connection that it was written to, with its id there; null while it waits.
    @Nullable CallConnection connection;

    long id;
    int attempts;
    boolean ended;

    OutgoingCall(Request request, CallObserver observer, long nowNanos) {
        this.request = request;
        this.observer = observer;
        this.deadlineNanos = request.timeout().isZero()
                ? Long.MAX_VALUE
                : nowNanos + request.timeout().toNanos();
    }

    boolean hasDeadline() {
        return deadlineNanos != Long.MAX_VALUE;
    }

    /// Milliseconds for the header: at least 1, since 0 means none there.
    long timeLeftMillis(long nowNanos) {
        return hasDeadline() ? Math.max(1, (deadlineNanos - nowNanos) / 1_000_000) : 0;
    }
}
