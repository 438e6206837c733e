package io.fairlead.gateway.breaker;

/// Chooses which outcomes of a link are recorded, so that recording costs the same at any rate. Confined to a loop.
///
/// Up to a quota for each tenth of a second every outcome is recorded; above it one in `stride`, with gaps drawn at
/// random, so that nothing that repeats in the traffic (each second call fails; the failures come first in a read
/// pass, because they are fast) falls in step with the choice. The choice knows nothing of success or failure: the
/// share of failures among the recorded is that among all (systematic sampling with random starts, W. Cochran,
/// "Sampling Techniques", 1977, chapter 8).
final class Thinning {
    static final long PERIOD_NANOS = 100_000_000;
    private static final int MAX_STRIDE = 1 << 12;

    private long random;
    private int gap;
    private int drawn;
    private int stride = 1;
    private int seen;
    private int recorded;
    private long periodStart;

    /// @param seed any number
    /// @param nowNanos on the clock of `System.nanoTime`
    Thinning(long seed, long nowNanos) {
        random = seed | 1;
        periodStart = nowNanos;
    }

    /// Whether this outcome is recorded; if so, [#took] follows.
    boolean takes() {
        return --gap < 0;
    }

    /// @param quota of records in a period
    void took(long nowNanos, int quota) {
        seen += drawn + 1;
        if (nowNanos - periodStart >= PERIOD_NANOS) {
            // A long pause means a low rate, whatever the last stride was.
            stride = nowNanos - periodStart >= 2 * PERIOD_NANOS ? 1 : Math.clamp(seen / quota, 1, MAX_STRIDE);
            periodStart = nowNanos;
            seen = 0;
            recorded = 0;
        } else if (++recorded >= quota) {
            // A burst: halve the share rather than wait for the period's end.
            stride = Math.min(stride * 2, MAX_STRIDE);
            recorded = 0;
        }
        drawn = stride == 1 ? 0 : (int) (((next() >>> 32) * (2L * stride - 1)) >>> 32);
        gap = drawn;
    }

    /// A read pass is over: after a quiet time the next outcome is recorded, so that a link that carries little after
    /// a burst does not pass over what may be its only outcomes for seconds.
    void passed(long nowNanos) {
        if (gap > 0 && nowNanos - periodStart >= 2 * PERIOD_NANOS) {
            gap = 0;
        }
    }

    int stride() {
        return stride;
    }

    private long next() {
        // xorshift64 (G. Marsaglia, 2003): a few cycles, and good enough to fall out of step.
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return random;
    }
}
