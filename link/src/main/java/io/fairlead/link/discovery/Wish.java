package io.fairlead.link.discovery;

/// What an admin wants of an instance, as a registry passes it on. The instance itself changes its state or weight and
/// tells all registries: no fact has two writers. A wish does not outlive the instance's process. As text it reads as
/// an
/// admin would say it, such as `weight 50`.
public sealed interface Wish {
    /// Whether the instance is as wished.
    boolean isFulfilledBy(Instance instance);

    /// Take no new calls: the instance says DRAINING and goes on answering what still comes.
    record Drain() implements Wish {
        @Override
        public boolean isFulfilledBy(Instance instance) {
            return instance.state() == InstanceState.DRAINING;
        }

        @Override
        public String toString() {
            return "drain";
        }
    }

    /// Take new calls again.
    record Resume() implements Wish {
        @Override
        public boolean isFulfilledBy(Instance instance) {
            return instance.state() == InstanceState.UP;
        }

        @Override
        public String toString() {
            return "resume";
        }
    }

    /// Take another share of the calls.
    ///
    /// @param weight 1 to 1,000
    record Weight(int weight) implements Wish {
        /// @throws IllegalArgumentException if the weight is out of its bounds
        public Weight {
            Bounds.range("weight", weight, 1, 1_000);
        }

        @Override
        public boolean isFulfilledBy(Instance instance) {
            return instance.weight() == weight;
        }

        @Override
        public String toString() {
            return "weight " + weight;
        }
    }
}
