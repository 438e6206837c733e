package io.fairlead.link.call;

import io.fairlead.link.TimerWheel;
import io.fairlead.wire.Frames;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A call of a [CallClient] from its submission to its end. Confined to the client's loop after submission.
final class OutgoingCall extends TimerWheel.Entry {
    /// Far beyond what a header holds, and far from where times can no longer be compared.
    private static final long LONGEST_NANOS = Long.MAX_VALUE / 4;

    final Request request;
    final CallObserver observer;
    final long deadlineNanos;

    /// The connection that it was written to, with its id there; null while it waits.
    @Nullable CallConnection connection;

    long id;

    /// Gateways that refused the present attempt.
    int refusals;

    /// Attempts beyond the first that were made because one may have run.
    int repeats;

    /// An attempt was written and lost: whatever is said of later ones, the call may have run.
    boolean mayHaveRun;

    /// Parts of an answer have reached the observer, so that there is no way back.
    boolean streaming;

    boolean ended;

    OutgoingCall(Request request, CallObserver observer, long nowNanos) {
        this.request = request;
        this.observer = observer;
        this.deadlineNanos = request.timeout().isZero()
                ? Long.MAX_VALUE
                : nowNanos + Math.min(TimeUnit.NANOSECONDS.convert(request.timeout()), LONGEST_NANOS);
    }

    boolean hasDeadline() {
        return deadlineNanos != Long.MAX_VALUE;
    }

    /// Whether the other side has to check that it may be repeated.
    boolean isFlagged() {
        return mayHaveRun && !request.idempotent();
    }

    /// The flag bits of its next attempt.
    byte flags() {
        return (byte) ((isFlagged() ? Frames.FLAG_REPEATED : 0) | (request.send() ? Frames.FLAG_SEND : 0));
    }

    /// Milliseconds for the header: at least 1, since 0 means none there.
    long timeLeftMillis(long nowNanos) {
        return hasDeadline() ? Math.max(1, (deadlineNanos - nowNanos) / 1_000_000) : 0;
    }
}
