package io.fairlead.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PriorityTests {
    @Test
    void theNumbersOnTheWireAreThoseOfTheProtocol() {
        assertThat(Priority.of(0)).isEqualTo(Priority.NORMAL);
        assertThat(Priority.of(1)).isEqualTo(Priority.LOW);
        assertThat(Priority.of(2)).isEqualTo(Priority.HIGH);
        for (Priority priority : Priority.values()) {
            assertThat(Priority.of(priority.code())).isEqualTo(priority);
        }
    }

    @Test
    void anUnknownNumberIsNormal() {
        assertThat(Priority.of(3)).isEqualTo(Priority.NORMAL);
        assertThat(Priority.of(255)).isEqualTo(Priority.NORMAL);
    }

    @Test
    void aClassIsCappedByAnother() {
        assertThat(Priority.HIGH.atMost(Priority.NORMAL)).isEqualTo(Priority.NORMAL);
        assertThat(Priority.LOW.atMost(Priority.NORMAL)).isEqualTo(Priority.LOW);
        assertThat(Priority.HIGH.atMost(Priority.HIGH)).isEqualTo(Priority.HIGH);
    }
}
