package io.fairlead.gateway.call;

/// A quantile of recent latencies, within an eighth: counts by size class, eight to each power of two, halved
/// whenever 4,096 have gathered, so that the last few thousand calls decide. Recording costs a few shifts and one
/// increment; the quantile is worked out anew every 64 recordings. Confined to one thread.
///
/// HdrHistogram has the same size classes and no decay; a pair of them that are swapped would cost a hundred times
/// the memory for each method and loop.
public final class LatencyQuantile {
    private static final int CLASSES_PER_POWER = 8;
    private static final int POWER_SHIFT = 3;
    /// Latencies below 2^10 ns are one class.
    private static final int LOWEST_POWER = 10;

    /// 2^40 ns are 18 minutes.
    private static final int HIGHEST_POWER = 40;

    private static final int DECAY_AT = 4096;
    private static final int REFRESH_MASK = 63;
    private static final int MIN_SAMPLES = 100;

    private final int[] counts = new int[(HIGHEST_POWER - LOWEST_POWER) * CLASSES_PER_POWER];
    private final double quantile;
    private int samples;
    private long valueNanos = -1;

    /// @param quantile above 0, below 1
    public LatencyQuantile(double quantile) {
        this.quantile = quantile;
    }

    /// One call took this long.
    public void record(long nanos) {
        counts[sizeClass(nanos)]++;
        samples++;
        if ((samples & REFRESH_MASK) == 0 && samples >= MIN_SAMPLES) {
            valueNanos = compute();
            if (samples >= DECAY_AT) {
                decay();
            }
        }
    }

    /// The quantile in nanoseconds; -1 as long as too few calls are known.
    public long nanos() {
        return valueNanos;
    }

    private long compute() {
        long beyond = (long) (samples * (1 - quantile));
        int i = counts.length - 1;
        while (i > 0 && (beyond -= counts[i]) >= 0) {
            i--;
        }
        return upperBound(i);
    }

    private void decay() {
        samples = 0;
        for (int i = 0; i < counts.length; i++) {
            counts[i] /= 2;
            samples += counts[i];
        }
    }

    private static int sizeClass(long nanos) {
        if (nanos < 1L << LOWEST_POWER) {
            return 0;
        }
        if (nanos >= 1L << HIGHEST_POWER) {
            return (HIGHEST_POWER - LOWEST_POWER) * CLASSES_PER_POWER - 1;
        }
        int power = 63 - Long.numberOfLeadingZeros(nanos);
        int fraction = (int) (nanos >> (power - POWER_SHIFT)) & (CLASSES_PER_POWER - 1);
        return (power - LOWEST_POWER) * CLASSES_PER_POWER + fraction;
    }

    private static long upperBound(int sizeClass) {
        int power = LOWEST_POWER + sizeClass / CLASSES_PER_POWER;
        int fraction = sizeClass % CLASSES_PER_POWER;
        return (1L << power) + ((fraction + 1L) << (power - POWER_SHIFT));
    }
}
