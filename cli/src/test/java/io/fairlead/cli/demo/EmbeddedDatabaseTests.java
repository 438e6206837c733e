package io.fairlead.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class EmbeddedDatabaseTests {
    private static final List<String> LOCKS = List.of(
            "1: POSIX  ADVISORY  READ 11 fd:01:1234 124 124",
            "2: POSIX  ADVISORY  WRITE 12 fd:01:1234 120 120",
            "2: -> POSIX  ADVISORY  WRITE 13 fd:01:1234 120 120",
            "3: POSIX  ADVISORY  WRITE 14 fd:01:1234 0 EOF",
            "4: FLOCK  ADVISORY  WRITE 15 fd:01:99 0 EOF");

    @Test
    void whoHoldsTheWriteLockIsSeen() {
        assertThat(EmbeddedDatabase.isWrittenBy(12, LOCKS)).isTrue();
        assertThat(List.of(11L, 13L, 14L, 15L, 1L)).noneMatch(pid -> EmbeddedDatabase.isWrittenBy(pid, LOCKS));
    }

    @Test
    void nobodyWritesInThisProcess() {
        assertThat(EmbeddedDatabase.isWrittenBy(ProcessHandle.current().pid())).isFalse();
    }
}
