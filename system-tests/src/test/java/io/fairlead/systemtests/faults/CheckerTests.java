package io.fairlead.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Histories made up here, one with each thing that must not happen.
class CheckerTests {
    private static final InjectedFault KILLED_WORKER =
            InjectedFault.of(FaultKind.KILL_WORKER, "worker-1", millis(1_000), millis(2_000));
    private static final InjectedFault PAUSED_WORKER =
            InjectedFault.of(FaultKind.PAUSE_WORKER, "worker-1", millis(1_000), millis(9_000));
    private static final InjectedFault KILLED_GATEWAY =
            InjectedFault.of(FaultKind.KILL_GATEWAY, "gateway-0", millis(1_000), millis(2_000));

    private final List<String> lines = new ArrayList<>();

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private void read(String id, String gateway, long sentMillis) {
        call(id, "line read", true, gateway, sentMillis);
    }

    private void apply(String id, String gateway, long sentMillis) {
        call(id, "line apply", false, gateway, sentMillis);
    }

    private void call(String id, String kind, boolean idempotent, String gateway, long sentMillis) {
        lines.add(String.join(
                "\t",
                "call",
                id,
                kind,
                Boolean.toString(idempotent),
                gateway,
                Long.toString(millis(sentMillis)),
                Long.toString(millis(sentMillis + 5_000))));
    }

    private void end(String id, Outcome outcome, long atMillis) {
        lines.add(String.join("\t", "end", id, outcome.name(), Long.toString(millis(atMillis)), "detail"));
    }

    private void ran(String id, String worker, long atMillis) {
        lines.add(String.join("\t", "ran", id, worker, Long.toString(millis(atMillis))));
    }

    private List<Violation.Rule> rules(InjectedFault... faults) {
        return new Checker(History.parse(lines), List.of(faults))
                .violations().stream().map(Violation::rule).toList();
    }

    @Test
    void aRightReplyOfACallThatRanOnceIsGood() {
        apply("a", "gateway-0", 0);
        ran("a", "worker-0", 10);
        end("a", Outcome.RIGHT, 20);

        assertThat(rules()).isEmpty();
    }

    @Test
    void aReplyThatBelongsToAnotherCallIsWrong() {
        read("a", "gateway-0", 1_100);
        ran("a", "worker-1", 1_110);
        end("a", Outcome.WRONG, 1_120);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.WRONG_REPLY);
    }

    @Test
    void aReplyThatNoHandlerGaveIsWrong() {
        read("a", "gateway-0", 0);
        end("a", Outcome.RIGHT, 20);

        assertThat(rules()).containsExactly(Violation.Rule.WRONG_REPLY);
    }

    @Test
    void aSecondReplyIsWrong() {
        read("a", "gateway-0", 0);
        ran("a", "worker-0", 10);
        end("a", Outcome.RIGHT, 20);
        end("a", Outcome.RIGHT, 30);

        assertThat(rules()).containsExactly(Violation.Rule.WRONG_REPLY);
    }

    @Test
    void aCallThatNeverEndsIsMissing() {
        read("a", "gateway-0", 1_500);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.MISSING_REPLY);
    }

    @Test
    void aCallThatEndsLongAfterItsDeadlineIsMissing() {
        apply("a", "gateway-0", 0);
        ran("a", "worker-0", 10);
        end("a", Outcome.RIGHT, 5_000 + 2_001);

        assertThat(rules()).containsExactly(Violation.Rule.MISSING_REPLY);
    }

    @Test
    void aCallThatEndsALittleAfterItsDeadlineIsNot() {
        apply("a", "gateway-0", 0);
        ran("a", "worker-0", 10);
        end("a", Outcome.RIGHT, 5_000 + 1_999);

        assertThat(rules()).isEmpty();
    }

    @Test
    void aHandlerThatIsNotIdempotentMustNotRunTwice() {
        apply("a", "gateway-0", 1_100);
        ran("a", "worker-1", 1_110);
        ran("a", "worker-2", 1_200);
        end("a", Outcome.RIGHT, 1_300);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.RUN_TWICE);
    }

    @Test
    void anIdempotentHandlerMayRunTwice() {
        read("a", "gateway-0", 1_100);
        ran("a", "worker-1", 1_110);
        ran("a", "worker-2", 1_200);
        end("a", Outcome.RIGHT, 1_300);

        assertThat(rules(KILLED_WORKER)).isEmpty();
    }

    @Test
    void whatIsRefusedMustNotHaveRun() {
        apply("a", "gateway-0", 1_100);
        ran("a", "worker-1", 1_110);
        end("a", Outcome.REFUSED, 1_300);

        assertThat(rules(KILLED_GATEWAY)).containsExactly(Violation.Rule.FALSE_REFUSAL);
    }

    @Test
    void unknownIsPermittedWhileAFaultTouchesTheWorkerThatRanTheCall() {
        apply("a", "gateway-0", 900);
        ran("a", "worker-1", 990);
        end("a", Outcome.UNKNOWN, 1_010);

        assertThat(rules(KILLED_WORKER)).isEmpty();
    }

    @Test
    void unknownIsPermittedForACallThatTheTouchedWorkerMayHaveTakenAlong() {
        apply("a", "gateway-0", 990);
        end("a", Outcome.UNKNOWN, 1_010);

        assertThat(rules(KILLED_WORKER)).isEmpty();
    }

    @Test
    void unknownIsNotPermittedWhereAnotherWorkerRanTheCall() {
        apply("a", "gateway-0", 900);
        ran("a", "worker-0", 990);
        end("a", Outcome.UNKNOWN, 1_010);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.UNTOUCHED_FAILURE);
    }

    @Test
    void unknownIsNotPermittedForAnIdempotentMethodWhoseWorkerDies() {
        read("a", "gateway-0", 900);
        ran("a", "worker-1", 990);
        end("a", Outcome.UNKNOWN, 1_010);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.UNTOUCHED_FAILURE);
    }

    @Test
    void unknownIsNotPermittedWithoutAFault() {
        apply("a", "gateway-0", 100);
        ran("a", "worker-1", 110);
        end("a", Outcome.UNKNOWN, 120);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.UNTOUCHED_FAILURE);
    }

    @Test
    void unknownIsNotPermittedLongAfterTheFault() {
        apply("a", "gateway-0", 5_100);
        ran("a", "worker-1", 5_110);
        end("a", Outcome.UNKNOWN, 5_120);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.UNTOUCHED_FAILURE);
    }

    @Test
    void aRefusalIsNotPermittedWhileOtherWorkersServe() {
        apply("a", "gateway-0", 1_100);
        end("a", Outcome.REFUSED, 1_110);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.UNTOUCHED_FAILURE);
    }

    @Test
    void aClosedConnectionIsPermittedAtTheKilledGatewayAlone() {
        read("a", "gateway-0", 990);
        end("a", Outcome.CLOSED, 1_010);
        read("b", "gateway-1", 990);
        end("b", Outcome.CLOSED, 1_010);

        assertThat(rules(KILLED_GATEWAY)).containsExactly(Violation.Rule.UNTOUCHED_FAILURE);
    }

    @Test
    void aNativeClientMayHaveUsedTheKilledGateway() {
        call("a", "native read", true, "-", 990);
        end("a", Outcome.UNKNOWN, 1_010);

        assertThat(rules(KILLED_GATEWAY)).isEmpty();
    }

    @Test
    void aDeadlineMayPassOnlyWhileSomethingIsSilent() {
        apply("a", "gateway-0", 1_100);
        ran("a", "worker-1", 1_110);
        end("a", Outcome.DEADLINE, 6_100);

        assertThat(rules(PAUSED_WORKER)).isEmpty();
        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.UNTOUCHED_FAILURE);
    }

    @Test
    void anInternalErrorIsNeverPermitted() {
        apply("a", "gateway-0", 1_100);
        ran("a", "worker-1", 1_110);
        end("a", Outcome.FAILED, 1_200);

        assertThat(rules(KILLED_WORKER)).containsExactly(Violation.Rule.UNTOUCHED_FAILURE);
    }
}
