package io.fairlead.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LatencyQuantileTests {
    private static final long MICRO = 1000;

    @Test
    void saysNothingBeforeItKnowsEnough() {
        LatencyQuantile quantile = new LatencyQuantile(0.95);
        for (int i = 0; i < 99; i++) {
            quantile.record(MICRO);
        }

        assertThat(quantile.nanos()).isEqualTo(-1);
    }

    @Test
    void isAboveTheQuantileByAtMostAnEighth() {
        SplittableRandom random = new SplittableRandom(1);
        for (double q : new double[] {0.5, 0.9, 0.95, 0.99}) {
            LatencyQuantile quantile = new LatencyQuantile(q);
            for (int i = 0; i < 50_000; i++) {
                quantile.record(1000 * MICRO + random.nextLong(9000 * MICRO));
            }
            double exact = 1000 * MICRO + q * 9000 * MICRO;
            assertThat((double) quantile.nanos()).isBetween(exact * 0.97, exact * 1.17);
        }
    }

    @Test
    void forgetsTheOldWithinAFewThousandCalls() {
        LatencyQuantile quantile = new LatencyQuantile(0.95);
        for (int i = 0; i < 100_000; i++) {
            quantile.record(100_000 * MICRO);
        }
        for (int i = 0; i < 20_000; i++) {
            quantile.record(100 * MICRO);
        }

        assertThat(quantile.nanos()).isLessThan(200 * MICRO);
    }

    @Test
    void takesAnyDuration() {
        LatencyQuantile quantile = new LatencyQuantile(0.5);
        for (int i = 0; i < 200; i++) {
            quantile.record(i % 3 == 0 ? -5 : i % 3 == 1 ? 0 : Long.MAX_VALUE);
        }

        assertThat(quantile.nanos()).isPositive();
    }
}
