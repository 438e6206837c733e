package io.fairlead.link;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Waits between attempts to connect: exponential with full jitter, that is a random time between 0 and a bound that
/// doubles, so that a thousand peers of a restarted process do not come back together (M. Brooker, "Exponential Backoff
/// And Jitter", AWS 2015). Not thread-safe.
public final class Backoff {
    private static final int MAX_DOUBLINGS = 30;

    private final long minNanos;
    private final long maxNanos;
    private final RandomGenerator random;
    private int failures;

    /// @param min bound of the first wait
    /// @param max highest bound
    public Backoff(Duration min, Duration max, RandomGenerator random) {
        this.minNanos = min.toNanos();
        this.maxNanos = max.toNanos();
        this.random = random;
    }

    /// The wait before the next attempt, in nanoseconds.
    public long nextNanos() {
        int doublings = failures;
        failures = Math.min(doublings + 1, MAX_DOUBLINGS);
        return nanos(minNanos, maxNanos, doublings, random);
    }

    /// The wait before an attempt for which somebody else counts.
    ///
    /// @param minNanos bound of the first wait, 0 or above
    /// @param maxNanos highest bound, 0 or above
    /// @param doublings how often the bound has doubled, 0 or above
    public static long nanos(long minNanos, long maxNanos, int doublings, RandomGenerator random) {
        int shift = Math.min(doublings, MAX_DOUBLINGS);
        // Compared the other way round, because a long minimum does not fit a long when it is doubled so often.
        long bound = minNanos > maxNanos >> shift ? maxNanos : minNanos << shift;
        return random.nextLong(Math.max(1, bound));
    }

    /// The connection holds: begins anew.
    public void succeeded() {
        failures = 0;
    }
}
