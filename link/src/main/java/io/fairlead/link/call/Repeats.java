package io.fairlead.link.call;

import io.fairlead.link.Backoff;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// Whether there is room for one more attempt of a call that may have run, and when it begins. Confined to the
/// client's loop.
///
/// A token bucket: each call adds a share of a token, each second the floor, each repeat takes one. It holds
/// what ten seconds of the floor add, and at least ten, so that a long quiet time does not pay for a storm of
/// repeats.
final class Repeats {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int SECONDS = 10;

    private final CallPolicy policy;
    private final RandomGenerator random;
    private final double most;
    private double tokens;
    private long lastNanos;

    Repeats(CallPolicy policy, RandomGenerator random, long nowNanos) {
        this.policy = policy;
        this.random = random;
        this.most = Math.max(SECONDS, (double) SECONDS * policy.budgetFloor());
        this.tokens = policy.budgetFloor() == 0 ? 0 : most;
        this.lastNanos = nowNanos;
    }

    /// A call was submitted.
    void called() {
        tokens = Math.min(most, tokens + policy.budgetPercent() / 100.0);
    }

    /// Takes the price of one attempt, if the call still has the time for it.
    ///
    /// @param repeats how often it was repeated before
    /// @param atLeastNanos what the other side asked to wait for; 0 = nothing
    /// @return how long to wait before it, in nanoseconds; -1 if there is no room or no time
    long delayNanos(int repeats, long atLeastNanos, long nowNanos, long deadlineNanos) {
        long delay = Math.max(
                atLeastNanos,
                Backoff.nanos(policy.backoffMin().toNanos(), policy.backoffMax().toNanos(), repeats, random));
        if (delay >= deadlineNanos - nowNanos) {
            return -1;
        }
        tokens = Math.min(most, tokens + (nowNanos - lastNanos) / NANOS_PER_SECOND * policy.budgetFloor());
        lastNanos = nowNanos;
        if (tokens < 1) {
            return -1;
        }
        tokens--;
        return delay;
    }
}
