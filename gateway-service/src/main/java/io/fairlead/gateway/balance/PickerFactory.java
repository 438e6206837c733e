package io.fairlead.gateway.balance;

import java.util.ArrayList;
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
    public <C extends Candidate> Picker<C> build(List<C> candidates, PickSettings settings) {
        if (candidates.isEmpty()) {
            return Picker.none();
        }
        return new HashRing<>(candidates, byZone(candidates, settings), settings.hashBound());
    }

    private <C extends Candidate> Picker<C> byZone(List<C> candidates, PickSettings settings) {
        List<C> local = new ArrayList<>();
        List<C> elsewhere = new ArrayList<>();
        for (C candidate : candidates) {
            (candidate.zone().equals(settings.zone()) ? local : elsewhere).add(candidate);
        }
        if (settings.zone().isEmpty() || local.isEmpty() || elsewhere.isEmpty()) {
            return byPolicy(candidates, settings.policy());
        }
        return new ZonePreference<>(
                byPolicy(local, settings.policy()), byPolicy(elsewhere, settings.policy()), settings.spillAt());
    }

    private <C extends Candidate> Picker<C> byPolicy(List<C> candidates, Policy policy) {
        return switch (policy) {
            case PEAK_EWMA -> new TwoChoices<>(candidates, true, random);
            case LEAST_IN_FLIGHT -> new TwoChoices<>(candidates, false, random);
            case ROUND_ROBIN -> new RoundRobin<>(candidates, random);
            case RANDOM -> new RandomChoice<>(candidates, random);
        };
    }
}
