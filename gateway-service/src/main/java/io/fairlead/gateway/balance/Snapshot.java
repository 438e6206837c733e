package io.fairlead.gateway.balance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What all policies share: the candidates, when one is fit, and the search when the quick choice has found
/// none.
abstract class Snapshot<C extends Candidate> implements Picker<C> {
    private final Candidate[] candidates;
    final Weights weights;

    Snapshot(List<C> candidates) {
        this.candidates = candidates.toArray(Candidate[]::new);
        this.weights =
                new Weights(candidates.stream().mapToInt(Candidate::weight).toArray());
    }

    @Override
    public final int size() {
        return candidates.length;
    }

    @SuppressWarnings("unchecked") // the constructor put nothing but C in
    final C at(int index) {
        return (C) candidates[index];
    }

    /// Whether nothing speaks against a candidate.
    static boolean isFit(Candidate candidate, PickArgs args, long nowNanos) {
        return candidate.isAvailable(nowNanos)
                && candidate.isWritable()
                && candidate.load().hasRoom(nowNanos)
                && !args.hasTried(candidate);
    }

    /// How good an available candidate is where none is fit: first of all one that the call has not tried, then
    /// one with room, then one that takes bytes at once.
    static int rank(Candidate candidate, PickArgs args, long nowNanos) {
        return (args.hasTried(candidate) ? 0 : 4)
                + (candidate.load().hasRoom(nowNanos) ? 2 : 0)
                + (candidate.isWritable() ? 1 : 0);
    }

    /// What a call would cost at a candidate; smaller is better.
    double cost(int index, long nowNanos) {
        return candidates[index].load().cost(weights.perWeight(index), nowNanos);
    }

    /// The best of all: taken when the quick choice met only unfit candidates, so that its length does not
    /// matter.
    final @Nullable C search(PickArgs args, long nowNanos) {
        int best = -1;
        int bestRank = -1;
        double bestCost = 0;
        for (int i = 0; i < candidates.length; i++) {
            Candidate candidate = candidates[i];
            if (!candidate.isAvailable(nowNanos)) {
                continue;
            }
            int rank = rank(candidate, args, nowNanos);
            double cost = cost(i, nowNanos);
            if (rank > bestRank || (rank == bestRank && cost < bestCost)) {
                best = i;
                bestRank = rank;
                bestCost = cost;
            }
        }
        return best < 0 ? null : at(best);
    }
}
