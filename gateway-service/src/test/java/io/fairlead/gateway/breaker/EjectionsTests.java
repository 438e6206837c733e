package io.fairlead.gateway.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.gateway.breaker.Ejections.Decision;
import io.fairlead.gateway.breaker.Ejections.Member;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EjectionsTests {
    private static final EjectionProperties NO_PANIC = new EjectionProperties(30, 0, 10);

    private static Member closed(String name) {
        return new Member(name, true, false, 0);
    }

    private static Member open(String name, long sinceNanos) {
        return new Member(name, true, true, sinceNanos);
    }

    private static List<Member> members(int open, int all) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < all; i++) {
            members.add(i < open ? open("w" + i, i) : closed("w" + i));
        }
        return members;
    }

    @ParameterizedTest
    @CsvSource({
        "1,30,0",
        "2,30,1",
        "3,30,1",
        "4,30,1",
        "6,30,1",
        "7,30,2",
        "10,30,3",
        "100,30,30", //
        "1,100,1",
        "5,100,5",
        "5,0,0",
        "2,1,1",
        "1,99,0"
    })
    void atMostAShareIsKeptOutButOneOfSeveralAlways(int members, int maxPercent, int allowed) {
        assertThat(Ejections.allowed(members, maxPercent)).isEqualTo(allowed);
    }

    @Test
    void withAllBreakersClosedNothingIsDecided() {
        assertThat(Ejections.decide(members(0, 4), EjectionProperties.DEFAULTS)).isEqualTo(Decision.NONE);
        assertThat(Ejections.decide(List.of(), EjectionProperties.DEFAULTS)).isEqualTo(Decision.NONE);
    }

    @Test
    void theInstanceThatFailsIsKeptOut() {
        assertThat(Ejections.decide(members(1, 4), EjectionProperties.DEFAULTS).ejected())
                .containsExactly("w0");
    }

    @Test
    void aboveTheCapThoseThatOpenedFirstAreOutAndStayOut() {
        List<Member> members = List.of(open("a", 30), open("b", 10), open("c", 20), closed("d"), closed("e"));

        assertThat(Ejections.decide(members, NO_PANIC)).isEqualTo(new Decision(false, java.util.Set.of("b")));
    }

    @Test
    void orderHoldsWhereTheClockOverflows() {
        List<Member> members =
                List.of(open("later", Long.MIN_VALUE + 5), open("first", Long.MAX_VALUE - 5), closed("d"));

        assertThat(Ejections.decide(members, NO_PANIC).ejected()).containsExactly("first");
    }

    @Test
    void withTooFewLeftBreakersAreIgnored() {
        assertThat(Ejections.decide(members(2, 4), EjectionProperties.DEFAULTS).panic())
                .isFalse();
        assertThat(Ejections.decide(members(3, 4), EjectionProperties.DEFAULTS))
                .isEqualTo(new Decision(true, java.util.Set.of()));
    }

    @Test
    void anInstanceWithoutALinkIsNotLeft() {
        List<Member> members =
                List.of(open("a", 1), closed("b"), new Member("c", false, false, 0), new Member("d", false, false, 0));

        assertThat(Ejections.decide(members, EjectionProperties.DEFAULTS).panic())
                .isTrue();
    }

    @Test
    void instancesWithoutALinkAloneAreNoPanic() {
        List<Member> members = List.of(closed("a"), new Member("b", false, false, 0), new Member("c", false, false, 0));

        assertThat(Ejections.decide(members, EjectionProperties.DEFAULTS)).isEqualTo(Decision.NONE);
    }

    @Test
    void withPanicOffAndTheWholeShareAllOpenOnesAreOut() {
        assertThat(Ejections.decide(members(4, 4), new EjectionProperties(100, 0, 10))
                        .ejected())
                .hasSize(4);
    }

    @Test
    void theCapHoldsWithPanicOff() {
        assertThat(Ejections.decide(members(4, 4), NO_PANIC).ejected()).containsExactly("w0");
    }

    @Test
    void settingsOutOfTheirBoundsAreNamed() {
        assertThatThrownBy(() -> new EjectionProperties(101, 50, 10))
                .hasMessage("fairlead.gateway.ejection.max-percent: 101 (expected: 0 to 100)");
        assertThatThrownBy(() -> new EjectionProperties(30, -1, 10))
                .hasMessageContaining("fairlead.gateway.ejection.panic-threshold: -1");
        assertThatThrownBy(() -> new EjectionProperties(30, 50, -1))
                .hasMessageContaining("fairlead.gateway.ejection.consecutive-failures: -1");
    }
}
