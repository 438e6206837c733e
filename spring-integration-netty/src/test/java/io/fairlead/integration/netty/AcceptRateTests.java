package io.fairlead.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AcceptRateTests {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final AcceptRamp RAMP = new AcceptRamp(100, Duration.ofSeconds(1), Duration.ofSeconds(10));

    /// How many are accepted in each second, if ever more are waiting.
    private static int[] acceptedPerSecond(AcceptRamp ramp, int seconds, int most) {
        AcceptRate rate = new AcceptRate(ramp, 0);
        int[] accepted = new int[seconds];
        long now = 0;
        while (now < seconds * SECOND) {
            int second = (int) (now / SECOND);
            if (++accepted[second] > most) {
                return accepted;
            }
            now += rate.accepted(now);
        }
        return accepted;
    }

    @Test
    void theRateDoublesAfterABurst() {
        int[] accepted = acceptedPerSecond(RAMP, 5, 100_000);
        assertThat(accepted[0]).isBetween(200, 300);
        for (int second = 1; second < 5; second++) {
            assertThat(accepted[second])
                    .as("second %d", second)
                    .isBetween(100 << second, (100 << second) * 3 / 2 + 100);
        }
    }

    @Test
    void fewConnectionsAreNotDelayed() {
        AcceptRate rate = new AcceptRate(RAMP, 0);
        for (int i = 0; i < 99; i++) {
            assertThat(rate.accepted(0)).isZero();
        }
        assertThat(rate.accepted(0)).isBetween(1L, SECOND / 100);
    }

    @Test
    void afterItsLengthNothingIsDelayed() {
        AcceptRate rate = new AcceptRate(RAMP, 0);
        for (int i = 0; i < 100_000; i++) {
            assertThat(rate.accepted(10 * SECOND)).isZero();
        }
    }

    @Test
    void settingsOutOfTheirBoundsAreNamed() {
        assertThatThrownBy(() -> new AcceptRamp(0, Duration.ofSeconds(1), Duration.ZERO))
                .hasMessage("initialPerSecond: 0 (expected: >= 1)");
        assertThatThrownBy(() -> new AcceptRamp(1, Duration.ZERO, Duration.ZERO))
                .hasMessage("doubling: PT0S (expected: above 0)");
    }
}
