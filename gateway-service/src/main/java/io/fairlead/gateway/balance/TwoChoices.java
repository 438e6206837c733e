package io.fairlead.gateway.balance;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Power of two choices (Mitzenmacher 2001): the cheaper of two different candidates drawn by weight. Takes
/// constant time whatever the size, and several gateways that see the same figures do not all run to the same
/// candidate.
///
/// With unequal weights the first of the two, which alone is drawn in exact proportion, keeps the call unless
/// it is several times as expensive as the second; so noise does not blur the weights, and a slow or busy
/// candidate is still avoided.
final class TwoChoices<C extends Candidate> extends Snapshot<C> {
    /// Pairs that are drawn before all candidates are searched.
    private static final int PAIRS = 4;

    private static final double MUCH_DEARER = 3;

    private final RandomGenerator random;
    private final boolean byLatency;

    TwoChoices(List<C> candidates, boolean byLatency, RandomGenerator random) {
        super(candidates);
        this.byLatency = byLatency;
        this.random = random;
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
        if (weights.areEqual()) {
            return cost(j, nowNanos) < cost(i, nowNanos) ? j : i;
        }
        return steadyCost(i, -1, nowNanos) > MUCH_DEARER * steadyCost(j, 2, nowNanos) ? j : i;
    }

    /// Slow start: beside an older one a new candidate takes part in as many of its pairs as it should get of its
    /// share.
    private double ramp(int index, long nowNanos) {
        return at(index).load().rampFactor(nowNanos);
    }

    /// @param more calls in favour of the first and against the second, because where a share is a few calls,
    ///     one more or less says nothing
    private double steadyCost(int index, int more, long nowNanos) {
        Load load = at(index).load();
        return byLatency
                ? load.steadyCost(more, weights.perWeight(index), nowNanos)
                : Math.max(0, load.busy(nowNanos) + more) * weights.perWeight(index) + 1;
    }

    @Override
    double cost(int index, long nowNanos) {
        return byLatency ? super.cost(index, nowNanos) : at(index).load().busy(nowNanos) * weights.perWeight(index) + 1;
    }
}
