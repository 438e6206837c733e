package io.fairlead.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LatenciesTests {
    private static final Percentage NEAR = Percentage.withPercentage(2);

    @Test
    void nothingRecordedIsZero() {
        assertThat(new Latencies().micros(0.99)).isZero();
    }

    @Test
    void percentilesAreWithinTwoPercent() {
        Latencies latencies = new Latencies();
        for (int micros = 1; micros <= 100_000; micros++) {
            latencies.record(micros * 1000L);
        }

        assertThat(latencies.micros(0.5)).isCloseTo(50_000, NEAR);
        assertThat(latencies.micros(0.99)).isCloseTo(99_000, NEAR);
        assertThat(latencies.micros(0.0005)).isEqualTo(50);
    }

    @Test
    void hoursStillFit() {
        Latencies latencies = new Latencies();
        latencies.record(3_600_000_000_000L);
        latencies.record(Long.MAX_VALUE);

        assertThat(latencies.micros(0.5)).isCloseTo(3_600_000_000L, NEAR);
    }

    @Test
    void sumsAreThoseOfBoth() {
        Latencies fast = new Latencies();
        Latencies slow = new Latencies();
        fast.record(1_000_000);
        slow.record(9_000_000);

        fast.addAll(slow);

        assertThat(fast.micros(0.5)).isCloseTo(1_000, NEAR);
        assertThat(fast.micros(1)).isCloseTo(9_000, NEAR);
    }
}
