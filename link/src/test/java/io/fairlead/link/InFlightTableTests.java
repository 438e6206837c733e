package io.fairlead.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InFlightTableTests {
    private final InFlightTable<String> table = new InFlightTable<>();

    @Test
    void behavesLikeAMapWhateverOrderCallsEndIn() {
        Random random = new Random(3);
        Map<Long, String> expected = new HashMap<>();
        long next = 0;
        for (int i = 0; i < 100_000; i++) {
            next += 1 + random.nextInt(3);
            table.put(next, "v" + next);
            expected.put(next, "v" + next);
            int removals = random.nextInt(expected.size() > 500 ? 4 : 3);
            for (int r = 0; r < removals; r++) {
                long id = 1 + random.nextLong(next);
                assertThat(table.get(id)).isEqualTo(expected.get(id));
                assertThat(table.remove(id)).isEqualTo(expected.remove(id));
            }
            assertThat(table.size()).isEqualTo(expected.size());
        }
        assertThat(table.values()).containsExactlyInAnyOrderElementsOf(expected.values());
    }

    @Test
    void aCallThatStaysForeverCostsNoRoom() {
        table.put(1, "stream");
        for (long id = 2; id < 1_000_000; id++) {
            table.put(id, "call");
            assertThat(table.remove(id)).isEqualTo("call");
        }
        assertThat(table.get(1)).isEqualTo("stream");
        assertThat(table.remove(1)).isEqualTo("stream");
        assertThat(table.isEmpty()).isTrue();
    }

    @Test
    void findsNothingUnderIdsThatShareAPlace() {
        table.put(5, "five");
        assertThat(table.get(5 + 64)).isNull();
        assertThat(table.remove(5 + 64)).isNull();
        assertThat(table.remove(5)).isEqualTo("five");
        assertThat(table.remove(5)).isNull();
        assertThat(table.get(0)).isNull();
    }

    @Test
    void takesOutWhatMatches() {
        for (long id = 1; id <= 300; id++) {
            table.put(id, id % 2 == 0 ? "even" : "odd");
        }
        assertThat(table.removeIf("even"::equals)).hasSize(150);
        assertThat(table.size()).isEqualTo(150);
        table.clear();
        assertThat(table.isEmpty()).isTrue();
    }
}
