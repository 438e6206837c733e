package io.fairlead.link.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RepeatsTests {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long FAR = Long.MAX_VALUE;

    private static Repeats repeats(int percent, int floor) {
        CallPolicy policy = new CallPolicy(percent, floor, Duration.ofMillis(10), Duration.ofMillis(80), Duration.ZERO);
        return new Repeats(policy, new Random(7), 0);
    }

    @Test
    void waitsARandomTimeThatGrowsToItsBound() {
        long[] longest = new long[6];
        for (int repeat = 0; repeat < longest.length; repeat++) {
            for (int i = 0; i < 1000; i++) {
                long delay = repeats(20, 10).delayNanos(repeat, 0, 0, FAR);
                assertThat(delay).isBetween(0L, TimeUnit.MILLISECONDS.toNanos(Math.min(80, 10L << repeat)));
            }
            Repeats one = repeats(20, 1000);
            for (int i = 0; i < 1000; i++) {
                longest[repeat] = Math.max(longest[repeat], one.delayNanos(repeat, 0, 0, FAR));
            }
        }
        assertThat(longest[1]).isGreaterThan(longest[0]);
        assertThat(longest[3]).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(70));
        assertThat(longest[5]).isLessThan(TimeUnit.MILLISECONDS.toNanos(80));
    }

    @Test
    void spendsAFifthOfTheCallsAndTheFloor() {
        Repeats repeats = repeats(20, 0);
        assertThat(repeats.delayNanos(0, 0, 0, FAR)).isEqualTo(-1);

        for (int i = 0; i < 25; i++) {
            repeats.called();
        }
        assertThat(allowed(repeats, 0)).isEqualTo(5);

        Repeats floor = repeats(0, 3);
        assertThat(allowed(floor, 0)).isEqualTo(30);
        assertThat(allowed(floor, 2 * SECOND)).isEqualTo(6);
        assertThat(allowed(floor, 1000 * SECOND)).isEqualTo(30);
    }

    private static int allowed(Repeats repeats, long nowNanos) {
        int allowed = 0;
        while (repeats.delayNanos(0, 0, nowNanos, FAR) >= 0) {
            allowed++;
        }
        return allowed;
    }

    @Test
    void neverWaitsBeyondTheDeadlineAndThenCostsNothing() {
        Repeats repeats = repeats(0, 1);

        for (int i = 0; i < 100; i++) {
            assertThat(repeats.delayNanos(0, SECOND, 5, 5 + SECOND)).isEqualTo(-1);
        }

        assertThat(repeats.delayNanos(0, SECOND, 5, 6 + SECOND)).isEqualTo(SECOND);
    }

    @Test
    void survivesAnyNumberOfRepeats() {
        assertThat(repeats(20, 10).delayNanos(Integer.MAX_VALUE, 0, 0, FAR)).isNotNegative();
    }

    @Test
    void refusesPoliciesOutOfTheirBounds() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> repeats(101, 0))
                .withMessageContaining("budgetPercent: 101");
        assertThatIllegalArgumentException().isThrownBy(() -> repeats(0, -1)).withMessageContaining("budgetFloor: -1");
    }
}
