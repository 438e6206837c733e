package io.fairlead.link.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.Backoff;
import io.fairlead.link.LinkSettings;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Ten thousand workers lose a registry at the same instant; when do their registers reach the restarted one? Time is
/// computed, not waited for.
class RegisterStormTests {
    private static final int WORKERS = 10_000;
    private static final long RENEW_MILLIS = 3_000;
    private static final int WINDOW_MILLIS = 10;
    private static final LinkSettings LINKS = LinkSettings.of("worker", "w");

    @ParameterizedTest
    @ValueSource(longs = {0, 20, 500, 3_000, 60_000})
    void aRestartedRegistryGetsItsInstancesBackSpreadOverTime(long downMillis) {
        int[] perWindow = registersPerWindow(downMillis, true);

        int most = Arrays.stream(perWindow).max().orElseThrow();
        assertThat(most).as("in the busiest %d ms", WINDOW_MILLIS).isLessThan(WORKERS / 50);
        assertThat(Arrays.stream(perWindow).sum()).isEqualTo(WORKERS);
        assertThat(lastWindow(perWindow) * WINDOW_MILLIS)
                .as("all are back long before the warming, of 20 s, is over")
                .isLessThan(5_000);
    }

    @Test
    void withoutThisJitterAShortRestartWouldBringManyBackTogether() {
        int most = Arrays.stream(registersPerWindow(0, false)).max().orElseThrow();
        assertThat(most).isGreaterThan(WORKERS / 10);
    }

    private static int[] registersPerWindow(long downMillis, boolean jitter) {
        Random random = new Random(42);
        int[] perWindow = new int[1_000];
        for (int worker = 0; worker < WORKERS; worker++) {
            Backoff backoff = new Backoff(LINKS.backoffMin(), LINKS.backoffMax(), random);
            long nanos = backoff.nextNanos();
            while (nanos < TimeUnit.MILLISECONDS.toNanos(downMillis)) {
                nanos += backoff.nextNanos();
            }
            long sinceUpMillis = TimeUnit.NANOSECONDS.toMillis(nanos) - downMillis;
            long register = sinceUpMillis + (jitter ? Registration.reconnectDelayMillis(random, RENEW_MILLIS) : 0);
            perWindow[(int) register / WINDOW_MILLIS]++;
        }
        return perWindow;
    }

    private static int lastWindow(int[] perWindow) {
        int last = perWindow.length - 1;
        while (perWindow[last] == 0) {
            last--;
        }
        return last;
    }
}
