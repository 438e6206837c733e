package io.fairlead.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScheduleTests {
    private static final List<FaultKind> ALL = List.of(FaultKind.values());

    private static List<PlannedFault> first(long seed, int count) {
        Schedule schedule = new Schedule(seed, ALL);
        return Stream.generate(schedule::next).limit(count).toList();
    }

    @Test
    void theSameSeedIsTheSameSchedule() {
        assertThat(first(7, 50)).isEqualTo(first(7, 50));
        assertThat(first(7, 50)).isNotEqualTo(first(8, 50));
    }

    @Test
    void eachKindComesOnceInARound() {
        assertThat(first(7, ALL.size())).map(PlannedFault::kind).containsExactlyInAnyOrderElementsOf(ALL);
    }

    @Test
    void kindsAreReadAsPeopleWriteThem() {
        assertThat(FaultKind.parse("kill-worker")).isEqualTo(FaultKind.KILL_WORKER);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaultKind.parse("earthquake"))
                .withMessageContaining("earthquake")
                .withMessageContaining("half-open");
    }
}
