package io.fairlead.gateway.balance;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Power of two choices (Mitzenmacher 2001): the cheaper of two different candidates drawn by weight. Takes
/// constant time whatever the size, and several gateways that see the same figures do not all run to the same
/// candidate.
///
/// With unequal weights the first of the two, which alone is drawn in exact proportion, keeps the call unless
/// the second is clearly cheaper; so noise does not blur the weights, and a slow or busy candidate is still
/// avoided.
final class TwoChoices<C extends Candidate> extends Snapshot<C> {
    /// Pairs that are drawn before all candidates are searched.
    private static final int PAIRS = 4;

    private static final double CLEARLY_CHEAPER = 0.6;

    private final RandomGenerator random;
    private final boolean byLatency;
    private final double bias;

    TwoChoices(List<C> candidates, boolean byLatency, RandomGenerator random) {
        super(candidates);
        this.byLatency = byLatency;
        this.random = random;
        this.bias = weights.areEqual() ? 1 : CLEARLY_CHEAPER;
    }

    @Override
    public @Nullable C pick(PickArgs args, long nowNanos) {
        if (size() == 1) {
            C only = at(0);
            return only.isAvailable(nowNanos) ? only : null;
        }
        for (int pair = 0; pair < PAIRS; pair++) {
            int i = weights.draw(random);
            int j = weights.drawOther(i, random);
            boolean fit = isFit(at(i), args, nowNanos);
            boolean otherFit = isFit(at(j), args, nowNanos);
            if (fit && otherFit) {
                return at(better(i, j, nowNanos));
            }
            if (fit) {
                return at(i);
            }
            if (otherFit) {
                return at(j);
            }
        }
        return search(args, nowNanos);
    }

    private int better(int i, int j, long nowNanos) {
        double share = ramp(i, nowNanos);
        double otherShare = ramp(j, nowNanos);
        // Beside an equally new one none is held back: the choice would be by chance where it should be by cost.
        if (share != otherShare && random.nextDouble() >= Math.min(share, otherShare) / Math.max(share, otherShare)) {
            return share < otherShare ? j : i;
        }
        return cost(j, nowNanos) < bias * cost(i, nowNanos) ? j : i;
    }

    /// Slow start: beside an older one a new candidate takes part in as many of its pairs as it should get of its
    /// share.
    private double ramp(int index, long nowNanos) {
        return at(index).load().rampFactor(nowNanos);
    }

    @Override
    double cost(int index, long nowNanos) {
        return byLatency ? super.cost(index, nowNanos) : at(index).load().busy(nowNanos) * weights.perWeight(index) + 1;
    }
}
