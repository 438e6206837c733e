package io.fairlead.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessIdTests {
    private static ProcessId id(Process process) {
        return ProcessId.of(process.toHandle(), process.info().startInstant().orElseThrow());
    }

    private static SuiteProcess process(String name, ProcessId id) {
        return new SuiteProcess(name, Service.WORKER, id, Map.of(), "/dev/null");
    }

    @Test
    void findsAProcessByPidAndStart() {
        assertThat(ProcessId.current().find()).contains(ProcessHandle.current());
    }

    @Test
    void anotherProcessWithTheSamePidIsNotIt() {
        ProcessId self = ProcessId.current();

        ProcessId recycled = new ProcessId(self.pid(), self.startMillis() - 60_000);

        assertThat(recycled.find()).isEmpty();
    }

    @Test
    void aProcessThatHasEndedIsNotFound() throws Exception {
        Process process = new ProcessBuilder("sleep", "60").start();
        ProcessId id = id(process);
        assertThat(id.find()).isPresent();

        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);

        assertThat(id.find()).isEmpty();
    }

    @Test
    void endsWhatItStartedAndNoOther() throws Exception {
        Process own = new ProcessBuilder("sleep", "60").start();
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            ProcessId stale = new ProcessId(other.pid(), 0);

            Ending.drain(
                    List.of(process("worker-1", id(own)), process("worker-2", stale)),
                    Duration.ofSeconds(10),
                    what -> {});

            assertThat(own.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(other.isAlive()).isTrue();
        } finally {
            own.destroyForcibly();
            other.destroyForcibly();
        }
    }

    @Test
    void killsWhatDoesNotEndInTime() throws Exception {
        Process stubborn = new ProcessBuilder("sh", "-c", "trap '' TERM; echo ready; exec sleep 60").start();
        try {
            stubborn.inputReader().readLine();
            List<String> said = new ArrayList<>();

            Ending.drain(List.of(process("gateway-1", id(stubborn))), Duration.ofSeconds(1), said::add);

            assertThat(stubborn.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(said).containsExactly("gateway-1 did not end within 1 s and was killed");
        } finally {
            stubborn.destroyForcibly();
        }
    }
}
