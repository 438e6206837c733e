package io.fairlead.gateway.call;

import java.util.concurrent.TimeUnit;

/// How many attempts one client may cost beyond its calls: a share of its calls of the last ten seconds, and a
/// floor, so that a quiet client's call is repeated, too. Without it, retries would multiply the load on a fleet
/// that fails because of load.
///
/// A token bucket whose tokens expire: each call deposits `percent`, each attempt withdraws 100, and what is older
/// than the window, deposits and withdrawals alike, no longer counts. The floor is a reserve of `floorPerSecond`
/// for each second of the window. A deposit costs one comparison and two additions. Confined to one loop.
///
/// Source: Finagle's `RetryBudget` and Linkerd's retry budgets.
public final class RetryBudget {
    static final long WINDOW_SECONDS = 10;
    private static final int SLOTS = (int) WINDOW_SECONDS;
    private static final long SLOT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int COST = 100;

    private final long[] slots = new long[SLOTS];
    private final int percent;
    private final long reserve;

    /// Sum of all slots but the current one, whose value is in `current`.
    private long older;

    private long current;
    private int slot;
    private long slotEndNanos;

    /// @param percent of the calls that may be repeated, 0 to 1,000
    /// @param floorPerSecond attempts that are allowed however few calls there are; 0 and up
    /// @param nowNanos on any monotonic clock, the same for all methods
    public RetryBudget(int percent, double floorPerSecond, long nowNanos) {
        this.percent = percent;
        this.reserve = Math.round(floorPerSecond * WINDOW_SECONDS * COST);
        this.slotEndNanos = nowNanos + SLOT_NANOS;
    }

    /// A call has come.
    public void deposit(long nowNanos) {
        if (nowNanos - slotEndNanos >= 0) {
            roll(nowNanos);
        }
        current += percent;
    }

    /// Takes the price of one attempt.
    ///
    /// @return false if it is not there: do not make the attempt
    public boolean withdraw(long nowNanos) {
        if (nowNanos - slotEndNanos >= 0) {
            roll(nowNanos);
        }
        if (reserve + older + current < COST) {
            return false;
        }
        current -= COST;
        return true;
    }

    private void roll(long nowNanos) {
        long passed = (nowNanos - slotEndNanos) / SLOT_NANOS + 1;
        for (long i = Math.min(passed, SLOTS); i > 0; i--) {
            slots[slot] = current;
            older += current;
            slot = (slot + 1) % SLOTS;
            older -= slots[slot];
            current = 0;
        }
        slotEndNanos += passed * SLOT_NANOS;
    }
}
