package io.fairlead.gateway.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

class ThinningTests {
    private static final int QUOTA = 100;

    private record Sample(int recorded, int failures) {
        double failureRate() {
            return (double) failures / recorded;
        }
    }

    /// Runs so many outcomes evenly over ten seconds past the thinning.
    private static Sample run(int perSecond, IntPredicate fails) {
        Thinning thinning = new Thinning(42, 0);
        int recorded = 0;
        int failures = 0;
        for (int i = 0; i < perSecond * 10; i++) {
            if (thinning.takes()) {
                thinning.took(i * 1_000_000_000L / perSecond, QUOTA);
                recorded++;
                failures += fails.test(i) ? 1 : 0;
            }
        }
        return new Sample(recorded, failures);
    }

    @Test
    void belowTheQuotaEverythingIsRecorded() {
        assertThat(run(QUOTA * 9, i -> false).recorded()).isEqualTo(QUOTA * 90);
    }

    @Test
    void farAboveTheQuotaAboutTheQuotaIsRecorded() {
        assertThat(run(500_000, i -> false).recorded()).isBetween(QUOTA * 50, QUOTA * 150);
    }

    @Test
    void theShareOfFailuresStaysTrue() {
        assertThat(run(500_000, i -> i % 10 == 0).failureRate()).isCloseTo(0.1, within(0.02));
    }

    @Test
    void whatRepeatsInTheTrafficDoesNotFallInStepWithTheChoice() {
        for (int period = 2; period <= 128; period *= 2) {
            int each = period;
            assertThat(run(500_000, i -> i % each < each / 2).failureRate())
                    .as("failures come in each half of " + period)
                    .isCloseTo(0.5, within(0.03));
        }
    }

    @Test
    void aBurstIsThinnedBeforeItsPeriodEnds() {
        Thinning thinning = new Thinning(1, 0);
        int recorded = 0;
        for (int i = 0; i < 200_000; i++) {
            if (thinning.takes()) {
                thinning.took(0, QUOTA);
                recorded++;
            }
        }

        assertThat(recorded).isLessThan(QUOTA * 15);
    }

    @Test
    void afterAQuietTimeTheNextOutcomeIsRecorded() {
        Thinning thinning = new Thinning(1, 0);
        for (int i = 0; i < 100_000; i++) {
            if (thinning.takes()) {
                thinning.took(0, QUOTA);
            }
        }
        assertThat(thinning.stride()).isGreaterThan(100);

        thinning.passed(3 * Thinning.PERIOD_NANOS);

        assertThat(thinning.takes()).isTrue();
        thinning.took(3 * Thinning.PERIOD_NANOS, QUOTA);
        assertThat(thinning.takes()).isTrue();
    }
}
