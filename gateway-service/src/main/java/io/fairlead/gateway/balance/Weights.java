package io.fairlead.gateway.balance;

import java.util.random.RandomGenerator;

/// Draws an index with a probability in exact proportion to its weight, in constant time: Vose's alias method
/// over integers, so nothing is rounded. Equal weights need no table. Immutable.
final class Weights {
    private final int n;
    private final long total;
    /// An index keeps its own column below this, else its alias has it; in units of 1/n weight. Empty: all are
    /// equal.
    private final long[] keep;

    private final int[] alias;
    private final double[] perWeight;

    /// @param weights each 1 or more
    Weights(int[] weights) {
        n = weights.length;
        long sum = 0;
        boolean equal = true;
        for (int weight : weights) {
            sum += weight;
            equal &= weight == weights[0];
        }
        total = sum;
        perWeight = new double[n];
        for (int i = 0; i < n; i++) {
            perWeight[i] = (double) sum / n / weights[i];
        }
        keep = new long[equal ? 0 : n];
        alias = new int[equal ? 0 : n];
        if (!equal) {
            fill(weights);
        }
    }

    private void fill(int[] weights) {
        // Every column holds `total` of n * total; a weight below the mean leaves room that a larger one fills.
        long[] left = new long[n];
        int[] small = new int[n];
        int[] large = new int[n];
        int smalls = 0;
        int larges = 0;
        for (int i = 0; i < n; i++) {
            left[i] = (long) weights[i] * n;
            if (left[i] < total) {
                small[smalls++] = i;
            } else {
                large[larges++] = i;
            }
        }
        while (smalls > 0) {
            int s = small[--smalls];
            int l = large[larges - 1];
            keep[s] = left[s];
            alias[s] = l;
            left[l] -= total - left[s];
            if (left[l] < total) {
                larges--;
                small[smalls++] = l;
            }
        }
        while (larges > 0) {
            int l = large[--larges];
            keep[l] = total;
            alias[l] = l;
        }
    }

    int size() {
        return n;
    }

    boolean areEqual() {
        return keep.length == 0;
    }

    /// The mean weight divided by that of an index.
    double perWeight(int index) {
        return perWeight[index];
    }

    /// An index from 0 to `size() - 1`.
    int draw(RandomGenerator random) {
        long bits = random.nextLong();
        int column = column(bits, n);
        if (keep.length == 0) {
            return column;
        }
        // The other half of the bits: 2^32 steps over a total of at most some millions, an error below 1/1000
        // of 1 %.
        long height = ((bits & 0xffff_ffffL) * total) >>> 32;
        return height < keep[column] ? column : alias[column];
    }

    /// Another index than `not`, with a probability in proportion to its weight among the others. Above one
    /// index.
    int drawOther(int not, RandomGenerator random) {
        if (keep.length == 0) {
            int other = column(random.nextLong(), n - 1);
            return other < not ? other : other + 1;
        }
        for (int tries = 0; tries < 8; tries++) {
            int other = draw(random);
            if (other != not) {
                return other;
            }
        }
        // One weight outdoes all others together: any of them will do.
        int other = column(random.nextLong(), n - 1);
        return other < not ? other : other + 1;
    }

    /// The upper half of the bits, spread over 0 to `bound - 1` without a division.
    private static int column(long bits, int bound) {
        return (int) (((bits >>> 32) * bound) >>> 32);
    }
}
