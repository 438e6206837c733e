package io.fairlead.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class RetryPolicyTests {
    private static RetryProperties properties(Map<String, String> settings) {
        return new Binder(new MapConfigurationPropertySource(settings)).bindOrCreate("retry", RetryProperties.class);
    }

    private static RetryPolicy policy(String... settings) {
        Map<String, String> all = new java.util.HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            all.put("retry." + settings[i], settings[i + 1]);
        }
        return new RetryPolicy(properties(all), new SplittableRandom(5));
    }

    private static long[] backOffs(RetryPolicy policy, int attempts, long hint) {
        return LongStream.range(0, 2000)
                .map(i -> policy.backOffNanos(attempts, hint))
                .sorted()
                .toArray();
    }

    @Test
    void theBackOffIsAnythingUpToABoundThatDoubles() {
        RetryPolicy policy = policy("min-back-off", "20ms", "max-back-off", "100ms");
        for (int attempts = 1; attempts <= 6; attempts++) {
            long bound = Duration.ofMillis(Math.min(100, 20L << (attempts - 1))).toNanos();
            long[] sorted = backOffs(policy, attempts, 0);

            assertThat(sorted[0]).isBetween(0L, bound / 50);
            assertThat(sorted[1000]).isBetween(bound * 2 / 5, bound * 3 / 5);
            assertThat(sorted[1999]).isBetween(bound * 49 / 50, bound);
        }
    }

    @Test
    void theWorkersHintIsWaitedForInAnyCase() {
        long[] sorted = backOffs(policy("min-back-off", "20ms"), 1, 500);

        assertThat(sorted[0]).isGreaterThanOrEqualTo(Duration.ofMillis(500).toNanos());
        assertThat(sorted[1999]).isLessThanOrEqualTo(Duration.ofMillis(520).toNanos());
    }

    @Test
    void withoutABackOffItIsAtOnce() {
        assertThat(policy("min-back-off", "0ms", "max-back-off", "0ms").backOffNanos(3, 0))
                .isZero();
    }

    @Test
    void unavailableIsWorthAnotherAttemptAndAFailedHandlerIsNotUnlessSaid() {
        assertThat(policy().retries(Status.UNAVAILABLE)).isTrue();
        assertThat(policy().retries(Status.INTERNAL)).isFalse();
        assertThat(policy("statuses", "UNAVAILABLE,INTERNAL").retries(Status.INTERNAL))
                .isTrue();
    }

    @Test
    void valuesOutOfBoundsAreNamed() {
        assertThatThrownBy(() -> policy("max-attempts", "0")).rootCause().hasMessageContaining("max-attempts: 0");
        assertThatThrownBy(() -> policy("max-back-off", "1ms"))
                .rootCause()
                .hasMessageContaining("max-back-off: PT0.001S")
                .hasMessageContaining("min-back-off");
        assertThatThrownBy(() -> policy("budget-percent", "120"))
                .rootCause()
                .hasMessageContaining("budget-percent: 120");
    }
}
