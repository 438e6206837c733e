package io.fairlead.gateway.listener;

import io.fairlead.link.CloseReason;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The time limits of one foreign connection. Time comes in; nothing here has a clock or a thread.
///
/// Limits on the client's sending rest while we do not read from it (back-pressure): its silence is then ours.
final class ReadLimits {
    /// A limit that was exceeded.
    record Exceeded(CloseReason reason, String detail) {}

    private static final long MIN_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long MAX_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ListenerProperties properties;
    private final long openedNanos;
    private long lastReadNanos;
    private long midMessageNanos;
    private long unwritableNanos;
    private boolean anyRead;
    private boolean midMessage;
    private boolean unwritable;

    ReadLimits(ListenerProperties properties, long nowNanos) {
        this.properties = properties;
        this.openedNanos = nowNanos;
        this.lastReadNanos = nowNanos;
    }

    /// How often [#check] wants to be called: a limit is found exceeded at most a quarter late.
    long tickNanos() {
        long shortest = Math.min(
                Math.min(
                        properties.firstByteTimeout().toNanos(),
                        properties.midMessageTimeout().toNanos()),
                Math.min(
                        properties.idleTimeout().toNanos(),
                        properties.slowReaderTimeout().toNanos()));
        return Math.clamp(shortest / 4, MIN_TICK_NANOS, MAX_TICK_NANOS);
    }

    /// Messages were completed: one that is unfinished now has just begun.
    void messagesRead() {
        midMessage = false;
    }

    /// A read pass is over.
    void read(long nowNanos, boolean nowMidMessage) {
        anyRead = true;
        lastReadNanos = nowNanos;
        if (nowMidMessage && !midMessage) {
            midMessageNanos = nowNanos;
        }
        midMessage = nowMidMessage;
    }

    /// Reading goes on after a pause, which does not count.
    void resumed(long nowNanos) {
        lastReadNanos = nowNanos;
        midMessageNanos = nowNanos;
    }

    void unwritable(long nowNanos) {
        unwritable = true;
        unwritableNanos = nowNanos;
    }

    void writable() {
        unwritable = false;
    }

    /// @param paused whether we do not read at the moment
    /// @param busy whether a call of this connection is in flight
    /// @return null while all limits are kept
    @Nullable Exceeded check(long nowNanos, boolean paused, boolean busy) {
        if (unwritable && exceeds(nowNanos - unwritableNanos, properties.slowReaderTimeout())) {
            return new Exceeded(
                    CloseReason.SLOW_READER,
                    "replies unread for slow-reader-timeout " + properties.slowReaderTimeout());
        }
        if (paused) {
            return null;
        }
        if (!anyRead) {
            return exceeds(nowNanos - openedNanos, properties.firstByteTimeout())
                    ? new Exceeded(
                            CloseReason.FIRST_BYTE_TIMEOUT,
                            "no byte within first-byte-timeout " + properties.firstByteTimeout())
                    : null;
        }
        if (midMessage) {
            return exceeds(nowNanos - midMessageNanos, properties.midMessageTimeout())
                    ? new Exceeded(
                            CloseReason.MID_MESSAGE_TIMEOUT,
                            "a message not ended within mid-message-timeout " + properties.midMessageTimeout())
                    : null;
        }
        return !busy && exceeds(nowNanos - lastReadNanos, properties.idleTimeout())
                ? new Exceeded(CloseReason.IDLE_TIMEOUT, "silent for idle-timeout " + properties.idleTimeout())
                : null;
    }

    private static boolean exceeds(long nanos, Duration limit) {
        return nanos > limit.toNanos();
    }
}
