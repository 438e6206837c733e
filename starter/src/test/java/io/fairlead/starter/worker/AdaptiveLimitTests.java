package io.fairlead.starter.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Against a service that bears `knee` calls at a time and makes the rest wait, always asked for more than
/// that.
class AdaptiveLimitTests {
    private static final long BASE_NANOS = 5_000_000;

    /// As `System.nanoTime` may: it begins anywhere.
    private long nowNanos = -7_000_000_000L;

    private void overload(AdaptiveLimit limit, int knee, int rounds) {
        for (int round = 0; round < rounds; round++) {
            int inFlight = limit.limit();
            long nanos = BASE_NANOS * Math.max(knee, inFlight) / knee;
            for (int i = 0; i < inFlight; i++) {
                limit.ended(nowNanos, nanos, inFlight, false);
            }
            nowNanos += nanos;
        }
    }

    @Test
    void findsWhatTheServiceBears() {
        AdaptiveLimit limit = new AdaptiveLimit(1000, nowNanos);

        overload(limit, 60, 20_000);

        assertThat(limit.limit()).isBetween(50, 120);
    }

    @Test
    void followsAServiceThatBearsLess() {
        AdaptiveLimit limit = new AdaptiveLimit(1000, nowNanos);
        overload(limit, 200, 20_000);
        int before = limit.limit();

        overload(limit, 40, 20_000);

        assertThat(before).isGreaterThan(150);
        assertThat(limit.limit()).isLessThan(before / 2);
    }

    @Test
    void growsToItsBoundWhereNothingWaits() {
        AdaptiveLimit limit = new AdaptiveLimit(100, nowNanos);

        overload(limit, 1_000_000, 20_000);

        assertThat(limit.limit()).isEqualTo(100);
    }

    @Test
    void stepsBackFromDeadlinesThatPass() {
        AdaptiveLimit limit = new AdaptiveLimit(1000, nowNanos);
        overload(limit, 100, 20_000);
        int before = limit.limit();

        for (int i = 0; i < 2000; i++) {
            limit.ended(nowNanos, BASE_NANOS, before, true);
            nowNanos += BASE_NANOS;
        }

        assertThat(limit.limit()).isLessThan(before);
    }

    @Test
    void neverExceedsASmallBound() {
        AdaptiveLimit limit = new AdaptiveLimit(3, nowNanos);
        assertThat(limit.limit()).isEqualTo(3);

        overload(limit, 1000, 5000);

        assertThat(limit.limit()).isEqualTo(3);
    }
}
