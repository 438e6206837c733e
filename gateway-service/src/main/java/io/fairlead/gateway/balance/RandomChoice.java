package io.fairlead.gateway.balance;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Any candidate, by weight.
final class RandomChoice<C extends Candidate> extends Snapshot<C> {
    private static final int TRIES = 8;

    private final RandomGenerator random;

    RandomChoice(List<C> candidates, RandomGenerator random) {
        super(candidates);
        this.random = random;
    }

    @Override
    public @Nullable C pick(PickArgs args, long nowNanos) {
        for (int tries = 0; tries < TRIES; tries++) {
            C candidate = at(weights.draw(random));
            if (isFit(candidate, args, nowNanos)
                    && (!candidate.load().isRamping(nowNanos)
                            || random.nextDouble() < candidate.load().rampFactor(nowNanos))) {
                return candidate;
            }
        }
        return search(args, nowNanos);
    }
}
