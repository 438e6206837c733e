package io.fairlead.starter.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.wire.Priority;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PermitsTests {
    @ParameterizedTest
    @CsvSource({"100, 80, 95", "1000, 800, 950", "20, 16, 19", "5, 4, 5", "4, 4, 4", "1, 1, 1"})
    void keepsTheLastPlacesForWhatMattersMost(int limit, int low, int normal) {
        Permits permits = new Permits(ConcurrencyLimit.fixed(limit));

        assertThat(fill(permits, Priority.LOW)).isEqualTo(low);
        assertThat(fill(permits, Priority.NORMAL)).isEqualTo(normal);
        assertThat(fill(permits, Priority.HIGH)).isEqualTo(limit);
    }

    /// @return places taken in all
    private static int fill(Permits permits, Priority priority) {
        long refused = permits.refused(priority);
        while (permits.tryAcquire(priority) > 0) {
            assertThat(permits.taken()).isLessThanOrEqualTo(permits.limit());
        }
        assertThat(permits.refused(priority)).isEqualTo(refused + 1);
        return permits.taken();
    }

    @Test
    void saysHowManyNormalCallsItWouldTake() {
        Permits permits = new Permits(ConcurrencyLimit.fixed(20));
        assertThat(permits.free()).isEqualTo(19);

        assertThat(permits.tryAcquire(Priority.NORMAL)).isEqualTo(1);
        assertThat(permits.free()).isEqualTo(18);

        fill(permits, Priority.HIGH);
        assertThat(permits.free()).isZero();
    }

    @Test
    void takesNothingMoreWhileALimitThatFellIsExceeded() {
        AtomicInteger limit = new AtomicInteger(10);
        Permits permits = new Permits(new ConcurrencyLimit() {
            @Override
            public int limit() {
                return limit.get();
            }

            @Override
            public void ended(long startNanos, long nanos, int inFlight, boolean dropped) {}
        });
        assertThat(fill(permits, Priority.NORMAL)).isEqualTo(10);

        limit.set(2);

        assertThat(permits.free()).isZero();
        for (int i = 0; i < 8; i++) {
            assertThat(permits.tryAcquire(Priority.HIGH)).isZero();
            permits.release();
        }
        permits.release();
        assertThat(permits.tryAcquire(Priority.HIGH)).isEqualTo(2);
    }
}
