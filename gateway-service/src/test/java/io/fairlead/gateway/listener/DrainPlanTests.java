package io.fairlead.gateway.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DrainPlanTests {
    private static DrainPlan plan(long seed) {
        return new DrainPlan(Duration.ofSeconds(10), Duration.ofSeconds(20), new SplittableRandom(seed));
    }

    @Test
    void spreadsManyConnectionsEvenlyOverTheWindow() {
        long[] delays = plan(1).delaysNanos(10_000);
        int[] perSecond = new int[10];
        for (long delay : delays) {
            perSecond[(int) (delay / 1_000_000_000L)]++;
        }
        assertThat(perSecond).containsOnly(1000);
        assertThat(delays).isSorted();
    }

    @Test
    void jittersSoThatTwoGatewaysDoNotEndTheirsTogether() {
        assertThat(plan(1).delaysNanos(10_000)).isNotEqualTo(plan(2).delaysNanos(10_000));
        assertThat(plan(1).delaysNanos(10_000)).isEqualTo(plan(1).delaysNanos(10_000));
    }

    @Test
    void aFewConnectionsDoNotTakeTheWholeWindow() {
        assertThat(plan(1).windowFor(5)).isEqualTo(Duration.ofMillis(50));
        assertThat(plan(1).delaysNanos(5)[4]).isLessThan(Duration.ofMillis(50).toNanos());
        assertThat(plan(1).delaysNanos(0)).isEmpty();
        assertThat(plan(1).windowFor(5000)).isEqualTo(Duration.ofSeconds(10));
    }
}
