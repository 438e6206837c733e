package io.fairlead.link;

/// Decides from ticks whether a peer is alive. No clock of its own and no threads: the link's loop calls it.
///
/// The silence counted is the sum of the times between ticks, each at most one and a half ticks long: a process
/// that was itself paused does not take the pause for silence of its peer, and first reads what came meanwhile.
final class Heartbeat {
    enum Action {
        NOTHING,
        PING,
        GONE
    }

    private static final int TICKS_PER_INTERVAL = 2;

    private final long tickNanos;
    private final long intervalNanos;
    private boolean readSinceTick = true;
    private boolean started;
    private long lastTickNanos;
    private long silentNanos;
    private long pingedAtNanos;
    private long pausedNanos;

    Heartbeat(long intervalNanos) {
        this.intervalNanos = intervalNanos;
        this.tickNanos = intervalNanos / TICKS_PER_INTERVAL;
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
        // An eighth of tolerance, because ticks come a little early or late and a PING must not wait for the next one.
        if (silentNanos - pingedAtNanos >= intervalNanos - tickNanos / 4) {
            pingedAtNanos = silentNanos;
            return Action.PING;
        }
        return Action.NOTHING;
    }
}
