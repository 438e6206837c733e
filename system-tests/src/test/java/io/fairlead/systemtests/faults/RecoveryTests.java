package io.fairlead.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecoveryTests {
    private static final InjectedFault FAULT =
            InjectedFault.of(FaultKind.KILL_WORKER, "worker-1", millis(1_000), millis(2_000));

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private static ClientCall call(String kind, long sentMillis, long endMillis, Outcome outcome) {
        return new ClientCall(
                kind + sentMillis,
                kind,
                false,
                Optional.empty(),
                millis(sentMillis),
                millis(sentMillis + 5_000),
                Optional.of(new ClientCall.End(outcome, millis(endMillis), "")));
    }

    @Test
    void theLastDisturbedCallTellsTheTimeToRecover() {
        Recovery recovery = Recovery.of(
                FAULT,
                List.of(
                        call("apply", 1_100, 1_110, Outcome.UNKNOWN),
                        call("apply", 1_200, 2_900, Outcome.RIGHT),
                        call("apply", 1_300, 1_310, Outcome.RIGHT),
                        call("read", 1_300, 1_310, Outcome.RIGHT)),
                Long.MAX_VALUE);

        assertThat(recovery.recoveryMillis()).isEqualTo(Map.of("apply", 200L, "read", 0L));
        assertThat(recovery.ends()).isEqualTo(Map.of(Outcome.UNKNOWN, 1L));
    }

    @Test
    void aCallInFlightAtTheOnsetCountsOneBeforeItDoesNot() {
        Recovery recovery = Recovery.of(
                FAULT,
                List.of(call("apply", 900, 950, Outcome.UNKNOWN), call("apply", 990, 1_010, Outcome.UNKNOWN)),
                Long.MAX_VALUE);

        assertThat(recovery.recoveryMillis()).isEqualTo(Map.of("apply", 1L));
        assertThat(recovery.ends()).isEqualTo(Map.of(Outcome.UNKNOWN, 1L));
    }

    @Test
    void theNextFaultsCallsAreNotItsOwn() {
        Recovery recovery = Recovery.of(FAULT, List.of(call("apply", 2_490, 2_510, Outcome.UNKNOWN)), millis(2_500));

        assertThat(recovery.ends()).isEmpty();
    }
}
