package io.fairlead.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RetryBudgetTests {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private static int withdrawAll(RetryBudget budget, long now) {
        int taken = 0;
        while (taken < 100_000 && budget.withdraw(now)) {
            taken++;
        }
        return taken;
    }

    @Test
    void allowsItsShareOfTheCallsAndTheFloorOfItsWindow() {
        RetryBudget budget = new RetryBudget(20, 3, 0);
        for (int i = 0; i < 1000; i++) {
            budget.deposit(SECOND / 2);
        }

        assertThat(withdrawAll(budget, SECOND / 2)).isEqualTo(200 + 3 * 10);
    }

    @Test
    void callsOfLongAgoNoLongerCount() {
        RetryBudget budget = new RetryBudget(20, 0, 0);
        for (int i = 0; i < 1000; i++) {
            budget.deposit(0);
        }

        assertThat(withdrawAll(budget, 11 * SECOND)).isZero();
    }

    @Test
    void whatWasWithdrawnComesBackAfterTheWindow() {
        RetryBudget budget = new RetryBudget(20, 2, 0);
        assertThat(withdrawAll(budget, 0)).isEqualTo(20);
        assertThat(withdrawAll(budget, 9 * SECOND)).isZero();

        assertThat(withdrawAll(budget, 11 * SECOND)).isEqualTo(20);
    }

    @Test
    void overALongTimeRetriesStayWithinShareAndFloor() {
        RetryBudget budget = new RetryBudget(20, 1, 0);
        long retries = 0;
        int seconds = 300;
        for (int second = 0; second < seconds; second++) {
            for (int call = 0; call < 100; call++) {
                long now = second * SECOND + call * SECOND / 100;
                budget.deposit(now);
                // Everything fails, and everything would be retried twice.
                retries += budget.withdraw(now) ? 1 : 0;
                retries += budget.withdraw(now) ? 1 : 0;
            }
        }

        assertThat(retries).isBetween(300L * 20, 300L * 20 + seconds + 10 * 21);
    }

    @Test
    void nothingIsAllowedWithoutShareAndFloor() {
        RetryBudget budget = new RetryBudget(0, 0, 0);
        budget.deposit(0);

        assertThat(budget.withdraw(0)).isFalse();
    }

    @Test
    void aClockThatStartsBelowZeroDoesNotMatter() {
        RetryBudget budget = new RetryBudget(20, 0, Long.MIN_VALUE);
        for (int i = 0; i < 10; i++) {
            budget.deposit(Long.MIN_VALUE + i * SECOND / 2);
        }

        assertThat(withdrawAll(budget, Long.MIN_VALUE + 5 * SECOND)).isEqualTo(2);
    }
}
