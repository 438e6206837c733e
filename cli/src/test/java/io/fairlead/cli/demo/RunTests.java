package io.fairlead.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RunTests {
    @Test
    void runsOfTheSameInstantHaveNoKeyInCommon() {
        RandomGenerator random = RandomGenerator.getDefault();
        Instant now = Instant.now();
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Run run = Run.at(now, random);
            assertThat(run.id()).matches("[0-9A-Z]{6}");
            keys.add(run.key(1));
        }

        assertThat(keys).hasSize(100);
    }

    @Test
    void messagesOfARunHaveKeysOfTheirOwn() {
        Run run = new Run("ABC123", Instant.EPOCH);

        assertThat(run.key(1)).isEqualTo("demo-ABC123-1").isNotEqualTo(run.key(2));
    }
}
