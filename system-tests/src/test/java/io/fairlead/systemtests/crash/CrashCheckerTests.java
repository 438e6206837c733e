package io.fairlead.systemtests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CrashCheckerTests {
    private static final String P = "native-0";

    private static CrashChecker checker(boolean shared, String... lines) {
        return new CrashChecker(
                List.of(SendHistory.parse(P, Stream.of(lines).map(line -> line.replace(' ', '\t')))), shared);
    }

    private static void effects(CrashChecker checker, int... numbers) {
        for (int number : numbers) {
            checker.effect(new Effect(P, number, "worker-0", ""));
        }
    }

    private static BindingBooks books(long accepted, long done, long dead, long inFlight) {
        return new BindingBooks("native → crash/note", accepted, done, dead, 0, 0, 0, 0, inFlight);
    }

    @Test
    void oneEffectForEachAcknowledgementIsGood() {
        CrashChecker checker = checker(true, "send 0 7 0 1", "send 1 8 0 1", "ack 1 2 x", "ack 0 2 x");
        effects(checker, 1, 0);

        CrashChecker.Verdict verdict = checker.verdict(List.of(books(2, 2, 0, 0)));

        assertThat(verdict.isGood()).isTrue();
        assertThat(verdict.acknowledged()).isEqualTo(2);
    }

    @Test
    void anAcknowledgementWithoutAnEffectIsLost() {
        CrashChecker checker = checker(true, "send 0 7 0 1", "ack 0 2 x");

        assertThat(checker.verdict(List.of()).lost()).isEqualTo(1);
    }

    @Test
    void whatTheBooksHaveSetAsideIsNotLost() {
        CrashChecker checker = checker(true, "send 0 7 0 1", "ack 0 2 x");

        CrashChecker.Verdict verdict = checker.verdict(List.of(books(1, 0, 1, 0)));

        assertThat(verdict.lost()).isZero();
        assertThat(verdict.setAside()).isEqualTo(1);
    }

    @Test
    void aSecondEffectIsDoubledEvenIfNothingWasAcknowledged() {
        CrashChecker checker = checker(true, "send 0 7 0 1", "no 0 2 UNKNOWN");
        effects(checker, 0, 0);

        assertThat(checker.verdict(List.of()).doubled()).isEqualTo(1);
    }

    @Test
    void whatWasNotAcknowledgedMayHaveNoEffect() {
        CrashChecker checker = checker(true, "send 0 7 0 1", "no 0 2 UNKNOWN");

        assertThat(checker.verdict(List.of()).isGood()).isTrue();
    }

    @Test
    void anEffectBeforeThatOfAnEarlierMessageOfItsKeyIsOutOfOrder() {
        CrashChecker checker = checker(true, "send 0 7 0 1", "ack 0 2 x", "send 1 7 0 3", "ack 1 4 x");
        effects(checker, 1, 0);

        assertThat(checker.verdict(List.of()).outOfOrder()).isEqualTo(1);
    }

    @Test
    void keysHaveNoOrderAmongThemselves() {
        CrashChecker checker = checker(true, "send 0 7 0 1", "ack 0 2 x", "send 1 8 0 3", "ack 1 4 x");
        effects(checker, 1, 0);

        assertThat(checker.verdict(List.of()).isGood()).isTrue();
    }

    @Test
    void withJournalsOfTheirOwnGatewaysHaveNoOrderAmongThemselves() {
        CrashChecker checker = checker(false, "send 0 7 0 1", "ack 0 2 x", "send 1 7 1 3", "ack 1 4 x");
        effects(checker, 1, 0);

        assertThat(checker.verdict(List.of()).isGood()).isTrue();
    }

    @Test
    void withJournalsOfTheirOwnAGatewayKeepsTheOrderOfWhatItAloneHad() {
        String[] lines = {
            "send 0 7 0 1", "ack 0 2 x", "send 1 7 1 3", "ack 1 4 x", "send 2 7 0 5", "ack 2 6 x",
        };
        CrashChecker checker = checker(false, lines);
        effects(checker, 1, 2, 0);

        assertThat(checker.verdict(List.of()).outOfOrder()).isEqualTo(1);
    }

    @Test
    void aCallMustBeAnsweredWithWhatItsEffectHasStored() {
        CrashChecker checker = checker(true, "send 0 7 0 1", "ack 0 2 one");
        checker.effect(new Effect(P, 0, "worker-0", "two"));

        assertThat(checker.verdict(List.of()).wrongAnswers()).isEqualTo(1);
    }

    @Test
    void booksThatDoNotBalanceAndMessagesThatStayInFlightAreWrong() {
        CrashChecker checker = checker(true);

        assertThat(checker.verdict(List.of(books(3, 2, 0, 0), books(3, 2, 0, 1), books(3, 2, 1, 0)))
                        .wrongBooks())
                .hasSize(2);
    }

    @Test
    void anEffectOfWhatWasNeverSentIsStrange() {
        CrashChecker checker = checker(true);
        effects(checker, 4);

        assertThat(checker.verdict(List.of()).isGood()).isFalse();
    }
}
