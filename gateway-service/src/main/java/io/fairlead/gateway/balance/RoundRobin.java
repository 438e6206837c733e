package io.fairlead.gateway.balance;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One candidate after the other. Unequal weights are gRPC's static stride scheduling (gRFC A58): in each round
/// a candidate has its turn or is passed over, such that the turns of a candidate are in proportion to its
/// weight and far apart from each other, without a queue.
final class RoundRobin<C extends Candidate> extends Snapshot<C> {
    private final RandomGenerator random;
    private final int[] stride;
    private final int largest;
    private int position;
    private long round;

    /// @param random for where to begin, so that the loops and the gateways do not all begin with the same
    ///     candidate
    RoundRobin(List<C> candidates, RandomGenerator random) {
        super(candidates);
        this.random = random;
        this.stride = candidates.stream().mapToInt(Candidate::weight).toArray();
        int max = 1;
        for (int weight : stride) {
            max = Math.max(max, weight);
        }
        this.largest = max;
        this.position = random.nextInt(candidates.size());
        this.round = random.nextInt(max);
    }

    @Override
    public @Nullable C pick(PickArgs args, long nowNanos) {
        int unfit = 0;
        while (unfit <= size()) {
            C candidate = at(next());
            if (!isFit(candidate, args, nowNanos)) {
                unfit++;
            } else if (!candidate.load().isRamping(nowNanos)
                    || random.nextDouble() < candidate.load().rampFactor(nowNanos)) {
                return candidate;
            } else {
                unfit++;
            }
        }
        return search(args, nowNanos);
    }

    /// Whose turn it is. Ends: the one with the largest weight has its turn in each round.
    private int next() {
        while (true) {
            int index = position;
            long turn = round;
            if (++position == stride.length) {
                position = 0;
                round++;
            }
            // Half a weight apart, so that equal weights do not all miss the same round.
            long phase = (long) stride[index] * turn + (long) index * (largest / 2 + 1);
            if (phase % largest >= largest - stride[index]) {
                return index;
            }
        }
    }
}
