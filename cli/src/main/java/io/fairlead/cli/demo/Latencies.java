package io.fairlead.cli.demo;

import java.util.concurrent.atomic.AtomicLongArray;

/// How long answers took: counts in buckets of at most 1.6 % width, so that any number of them takes the same memory.
/// Thread-safe.
final class Latencies {
    private static final int EXACT = 128;
    private static final int PER_DOUBLING = 64;
    private static final int BUCKETS = EXACT + 30 * PER_DOUBLING;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

    void record(long nanos) {
        counts.incrementAndGet(bucket(Math.max(0, nanos / 1000)));
    }

    void addAll(Latencies other) {
        for (int i = 0; i < BUCKETS; i++) {
            counts.addAndGet(i, other.counts.get(i));
        }
    }

    /// The time in microseconds within which this share of the answers came; 0 if there is none.
    ///
    /// @param share 0 to 1
    long micros(double share) {
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += counts.get(i);
        }
        long wanted = (long) Math.ceil(total * share);
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts.get(i);
            if (seen >= wanted && seen > 0) {
                return top(i);
            }
        }
        return 0;
    }

    private static int bucket(long micros) {
        if (micros < EXACT) {
            return (int) micros;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(micros);
        int within = (int) (micros >>> (exponent - 6)) & (PER_DOUBLING - 1);
        return Math.min(BUCKETS - 1, EXACT + (exponent - 7) * PER_DOUBLING + within);
    }

    private static long top(int bucket) {
        if (bucket < EXACT) {
            return bucket;
        }
        int exponent = 7 + (bucket - EXACT) / PER_DOUBLING;
        long within = (long) (bucket - EXACT) % PER_DOUBLING;
        return ((PER_DOUBLING + within + 1) << (exponent - 6)) - 1;
    }
}
