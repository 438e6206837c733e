package io.fairlead.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.wire.Priority;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallTests {
    private final List<String> cancelled = new ArrayList<>();
    private final Call call = Calls.call(Priority.NORMAL, 0, 1000);

    private final class Place implements Call.Upstream {
        @Override
        public String name() {
            return "place";
        }

        private final String name;

        private Place(String name) {
            this.name = name;
        }

        @Override
        public void cancel(Call other) {
            cancelled.add(name + other.idAt(this));
        }
    }

    private final Place one = new Place("one");
    private final Place two = new Place("two");

    @Test
    void anAttemptAfterTheFirstHasEndedIsAnotherOneAndThePlaceIsRemembered() {
        call.attempt(one, 7, 0);
        assertThat(call.attemptEnded(one)).isFalse();
        assertThat(call.idAt(one)).isZero();
        call.attempt(two, 9, 0);

        assertThat(call.hasTried(one)).isTrue();
        assertThat(call.idAt(two)).isEqualTo(9);
        assertThat(call.attempts()).isEqualTo(2);
    }

    @Test
    void whenTheFirstOfTwoEndsTheSecondGoesOn() {
        call.attempt(one, 7, 0);
        call.attempt(two, 9, 5);

        assertThat(call.attemptEnded(one)).isTrue();
        assertThat(call.idAt(two)).isEqualTo(9);
        assertThat(call.attemptNanosAt(two)).isEqualTo(5);
        assertThat(call.hasTried(one)).isTrue();
        assertThat(call.attemptEnded(two)).isFalse();
        assertThat(call.isRunning()).isFalse();
    }

    @Test
    void whenTheSecondOfTwoEndsTheFirstGoesOn() {
        call.attempt(one, 7, 0);
        call.attempt(two, 9, 5);

        assertThat(call.attemptEnded(two)).isTrue();
        assertThat(call.idAt(one)).isEqualTo(7);
        assertThat(call.idAt(two)).isZero();
        assertThat(call.hasTried(two)).isTrue();
    }

    @Test
    void theWinnerStaysAndTheOtherIsCancelledUnderItsOwnId() {
        call.attempt(one, 7, 0);
        call.attempt(two, 9, 5);

        call.cancelAllBut(two);

        assertThat(cancelled).containsExactly("one7");
        assertThat(call.attemptEnded(two)).isFalse();
    }

    @Test
    void allAttemptsThatRunAreCancelledAndNoOther() {
        call.attempt(one, 7, 0);
        call.attempt(two, 9, 5);
        call.cancelAllBut(null);
        call.cancelAllBut(null);

        assertThat(cancelled).containsExactlyInAnyOrder("one7", "two9");
    }

    @Test
    void whatMayHaveRunOnceMayHaveRunForever() {
        assertThat(call.mayHaveRun()).isFalse();
        call.attempt(one, 7, 0);
        assertThat(call.mayHaveRun()).isTrue();
        call.attemptEnded(one);
        assertThat(call.mayHaveRun()).isFalse();
        call.detour().mayHaveRun("lost");
        call.attempt(two, 8, 0);
        call.attemptEnded(two);

        assertThat(call.mayHaveRun()).isTrue();
    }

    @Test
    void theTimeLeftIsNeverZeroWhichWouldMeanThatThereIsNoDeadline() {
        Call millis = Calls.call(Priority.NORMAL, 0, 5_000_000);

        assertThat(millis.timeLeftMillis(0)).isEqualTo(5);
        assertThat(millis.timeLeftMillis(4_999_999)).isEqualTo(1);
        assertThat(millis.timeLeftMillis(5_000_000)).isEqualTo(1);
        assertThat(millis.timeLeftMillis(9_000_000)).isEqualTo(1);
    }
}
