package io.fairlead.gateway.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LoadTests {
    private static final long MS = 1_000_000;
    private static final long S = 1_000 * MS;

    private final Load load = new Load(new LoadSettings(10 * S, 10 * S, 1, 0.1), 10);

    private void answer(long tookNanos, long nowNanos) {
        load.began(nowNanos - tookNanos);
        load.succeeded(tookNanos, nowNanos);
    }

    @Test
    void risesToAPeakAtOnceAndComesDownSlowly() {
        answer(10 * MS, 0);
        answer(500 * MS, 0);
        assertThat(load.latency(0)).isEqualTo(500.0 * MS);

        answer(10 * MS, S);
        assertThat(load.latency(S)).isBetween(450.0 * MS, 460.0 * MS);
    }

    @Test
    void decaysAlmostAsTheExponentialFunctionWhileNothingIsHeard() {
        answer(500 * MS, 0);

        for (int seconds : new int[] {1, 5, 10, 20}) {
            double exact = 500 * MS * Math.exp(-seconds / 10.0);
            assertThat(load.latency(seconds * S)).isCloseTo(exact, within(0.3 * exact));
        }
    }

    @Test
    void aColdFirstCallIsForgottenBeforeTheSlowStartEnds() {
        Load usual = new Load(new LoadSettings(10 * S, 10 * S, 1, 0.1), 10);
        load.reset(0);
        answer(S, S);
        usual.began(9 * S);
        usual.succeeded(2 * MS, 9 * S);
        for (int i = 0; i < 4; i++) {
            usual.began(9 * S);
        }

        assertThat(load.cost(1, 9 * S)).isLessThan(usual.cost(1, 9 * S));
    }

    @Test
    void knowsHowLongTheOldestCallMustHaveWaited() {
        answer(MS, 0);
        load.began(0);

        assertThat(load.cost(1, 100 * MS)).isEqualTo((1 + Load.IN_PARALLEL) * 100.0 * MS);
    }

    @Test
    void aFastFailureCountsAsACallInFlightForAboutASecond() {
        answer(20 * MS, 0);
        load.began(0);
        load.failed(10_000, 0);

        assertThat(load.latency(0)).isEqualTo(20.0 * MS);
        assertThat(load.cost(1, 0)).isEqualTo((1 + Load.IN_PARALLEL) * 20.0 * MS);
        assertThat(load.busy(S)).isZero();
    }

    @Test
    void manyFailuresASecondCountAsThatManyCallsInFlight() {
        answer(20 * MS, 0);
        for (int i = 0; i < 5000; i++) {
            load.began(i * MS);
            load.failed(10_000, i * MS);
        }

        assertThat(load.busy(5 * S)).isBetween(950, 1050);
        assertThat(load.busy(6 * S)).isZero();
    }

    @Test
    void aFirstFailureIsNoGoodLatency() {
        load.began(0);
        load.failed(10_000, 0);

        assertThat(load.cost(1, 0)).isEqualTo((1 + Load.IN_PARALLEL) * 100.0 * MS);
    }

    @Test
    void anAnswerThatDeclinesDoesNotMakeItLookFaster() {
        answer(20 * MS, 0);
        load.began(0);
        load.declined(10_000, 0);

        assertThat(load.latency(0)).isEqualTo(20.0 * MS);
    }

    @Test
    void hasRoomForItsCapacity() {
        for (int i = 0; i < 10; i++) {
            assertThat(load.hasRoom(0)).isTrue();
            load.began(0);
        }
        assertThat(load.hasRoom(0)).isFalse();
    }

    @Test
    void aHintOfFreePlacesHoldsForTwoSeconds() {
        load.began(0);
        load.hint(2, 0);
        assertThat(load.busy(0)).as("one of its own, seven of others").isEqualTo(8);

        load.began(0);
        load.began(0);
        assertThat(load.hasRoom(0)).isFalse();
        assertThat(load.hasRoom(Load.HINT_NANOS)).isTrue();
        assertThat(load.busy(Load.HINT_NANOS)).isEqualTo(3);
    }

    @Test
    void getsItsShareLittleByLittleAfterItsStart() {
        load.reset(0);

        assertThat(load.rampFactor(0)).isEqualTo(0.1);
        assertThat(load.rampFactor(5 * S)).isEqualTo(0.5);
        assertThat(load.isRamping(10 * S)).isFalse();
        assertThat(load.rampFactor(10 * S)).isEqualTo(1);
    }

    @Test
    void anInstanceThatTakesAnyNumberOfCallsHasRoomWhateverItHas() {
        Load unlimited = new Load(new LoadSettings(10 * S, 10 * S, 1, 0.1), Integer.MAX_VALUE);
        for (int i = 0; i < 5; i++) {
            unlimited.began(0);
        }

        unlimited.hint(Integer.MAX_VALUE - 1, 0);

        assertThat(unlimited.hasRoom(0)).isTrue();
        assertThat(unlimited.busy(0)).isEqualTo(5);
    }
}
