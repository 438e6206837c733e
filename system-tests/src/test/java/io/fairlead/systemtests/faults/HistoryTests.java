package io.fairlead.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTests {
    @TempDir
    Path folder;

    @Test
    void readsWhatWasWritten() {
        Calls calls = new Calls(new Journal(folder.resolve("clients.tsv")));
        calls.begin("a", "line read", true, Optional.of("gateway-0"));
        calls.end("a", Outcome.RIGHT, "a worker-0\twith a tab");
        calls.begin("b", "native apply", false, Optional.empty());
        new Journal(folder.resolve("worker-0.tsv")).write("ran", "a", "worker-0", 42);

        History history = History.read(folder);

        assertThat(history.runs()).containsExactly(new HandlerRun("a", "worker-0", 42));
        assertThat(history.calls()).map(ClientCall::id).containsExactly("a", "b");
        ClientCall first = history.calls().getFirst();
        assertThat(first.gateway()).hasValue("gateway-0");
        assertThat(first.end()).map(ClientCall.End::detail).hasValue("a worker-0 with a tab");
        assertThat(history.calls().getLast().end()).isEmpty();
        assertThat(history.calls().getLast().gateway()).isEmpty();
    }

    @Test
    void aLineThatAKilledProcessWasWritingIsLeftOut() throws IOException {
        Files.writeString(folder.resolve("worker-0.tsv"), "ran\ta\tworker-0\t42\nran\tb\twor");

        assertThat(History.read(folder).runs()).containsExactly(new HandlerRun("a", "worker-0", 42));
    }
}
