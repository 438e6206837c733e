package io.fairlead.gateway.balance;

import java.util.List;
import java.util.random.RandomGenerator;

/// Builds pickers: the control side's half of the choice. Confined to its loop.
public final class PickerFactory {
    private final RandomGenerator random;

    /// @param random used by all pickers on their loop, so no other thread may use it
    public PickerFactory(RandomGenerator random) {
        this.random = random;
    }

    /// A picker over these candidates.
    ///
    /// @param candidates copied
    public <C extends Candidate> Picker<C> build(List<C> candidates, Policy policy) {
        if (candidates.isEmpty()) {
            return Picker.none();
        }
        return switch (policy) {
            case PEAK_EWMA -> new TwoChoices<>(candidates, true, random);
            case LEAST_IN_FLIGHT -> new TwoChoices<>(candidates, false, random);
            case ROUND_ROBIN -> new RoundRobin<>(candidates, random);
            case RANDOM -> new RandomChoice<>(candidates, random);
        };
    }
}
