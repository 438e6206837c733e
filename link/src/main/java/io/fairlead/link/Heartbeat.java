package io.fairlead.link;

/// Decides from ticks whether a peer is alive. No clock of its own and no threads: the link's loop calls it.
///
/// The silence counted is the sum of the times between ticks, each at most one and a half ticks long: a process
/// that was itself paused does not take the pause for silence of its peer, and first reads what came meanwhile.
///
/// At rest all times are ten times as long, until a PING stays unanswered: so a peer is never suspect at rest, and who
/// waits for a suspect one waits for one usual interval at most.
final class Heartbeat {
    enum Action {
        NOTHING,
        PING,
        WAKE,
        GONE
    }

    private static final int TICKS_PER_INTERVAL = 2;
    private static final int RESTING = 10;

    private long usualNanos;
    private long intervalNanos;
    private long tickNanos;
    private boolean readSinceTick = true;
    private boolean started;
    private long lastTickNanos;
    private long silentNanos;
    private long pingedAtNanos;
    private long pausedNanos;

    Heartbeat(long intervalNanos) {
        this.usualNanos = intervalNanos;
        interval(intervalNanos);
    }

    private void interval(long nanos) {
        intervalNanos = nanos;
        tickNanos = nanos / TICKS_PER_INTERVAL;
    }

    /// Changes the usual interval: from the next tick on at the latest.
    void every(long nanos) {
        boolean resting = isResting();
        usualNanos = nanos;
        interval(resting ? RESTING * nanos : nanos);
    }

    long usualNanos() {
        return usualNanos;
    }

    /// Whether `quietTicks`, in which nothing was said but PING and PONG, make ten intervals, and the peer has been
    /// heard just now.
    boolean mayRest(int quietTicks) {
        return silentNanos == 0 && quietTicks >= RESTING * TICKS_PER_INTERVAL;
    }

    boolean isResting() {
        return intervalNanos > usualNanos;
    }

    /// Makes the interval ten times as long, and with it the time between ticks, until [#wake].
    void rest() {
        interval(RESTING * usualNanos);
    }

    /// Ends [#rest]. Silence counts from now on only: at rest the peer had no need to speak.
    void wake(long nowNanos) {
        interval(usualNanos);
        lastTickNanos = nowNanos;
        readSinceTick = false;
        silentNanos = 0;
        pingedAtNanos = 0;
    }

    /// How often [#tick] wants to be called.
    long tickNanos() {
        return tickNanos;
    }

    /// Something was read.
    void read() {
        readSinceTick = true;
    }

    /// Nothing was read for two intervals.
    boolean isSuspect() {
        return !readSinceTick && silentNanos >= 2 * intervalNanos;
    }

    /// @param mayRead whether this side reads at all. While it does not, its peer's silence says nothing, but the
    ///     peer is still to hear of it
    Action tick(long nowNanos, boolean mayRead) {
        long elapsed = started ? Math.min(nowNanos - lastTickNanos, tickNanos * 3 / 2) : 0;
        started = true;
        lastTickNanos = nowNanos;
        if (!mayRead) {
            readSinceTick = true;
            pausedNanos += elapsed;
            if (pausedNanos >= intervalNanos - tickNanos / 4) {
                pausedNanos = 0;
                return Action.PING;
            }
            return Action.NOTHING;
        }
        pausedNanos = 0;
        if (readSinceTick) {
            readSinceTick = false;
            silentNanos = 0;
            pingedAtNanos = 0;
            return Action.NOTHING;
        }
        silentNanos += elapsed;
        if (silentNanos >= 3 * intervalNanos) {
            return Action.GONE;
        }
        if (isResting() && pingedAtNanos > 0) {
            return Action.WAKE;
        }
        // An eighth of tolerance, because ticks come a little early or late and a PING must not wait for the next one.
        if (silentNanos - pingedAtNanos >= intervalNanos - tickNanos / 4) {
            pingedAtNanos = silentNanos;
            return Action.PING;
        }
        return Action.NOTHING;
    }
}
