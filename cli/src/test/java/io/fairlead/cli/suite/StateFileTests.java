package io.fairlead.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTests {
    @TempDir
    Path directory;

    private static SuiteState state() {
        Map<String, Integer> ports = new LinkedHashMap<>();
        ports.put("native", 7400);
        ports.put("lines", 7401);
        return new SuiteState(
                new ProcessId(1, 2),
                List.of(new SuiteProcess(
                        "gateway-1", Service.GATEWAY, new ProcessId(3, 4), ports, "/logs/gateway-1.log")),
                new Credentials("the secret of this suite", "the password"));
    }

    @Test
    void readsWhatItWrote() {
        StateFile file = new StateFile(directory.resolve("below").resolve("suite.json"));

        file.write(state());

        assertThat(file.read()).isEqualTo(state());
        assertThat(file.read().processes().getFirst().ports().keySet()).containsExactly("native", "lines");
    }

    @Test
    void leavesNoHalfWrittenFileBehind() throws Exception {
        StateFile file = new StateFile(directory.resolve("suite.json"));

        file.write(state());
        file.write(SuiteState.NONE);

        try (var files = Files.list(directory)) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactly("suite.json");
        }
        assertThat(file.read()).isEqualTo(SuiteState.NONE);
    }

    @Test
    void itsOwnerAloneReadsIt() throws Exception {
        Path path = directory.resolve("suite.json");
        Files.writeString(directory.resolve("suite.json.new"), "left by a command that was killed");

        new StateFile(path).write(state());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFileOfABuildWithoutCredentialsIsRead() throws Exception {
        Path path = directory.resolve("suite.json");
        Files.writeString(path, "{\"owner\":null,\"processes\":[]}");

        assertThat(new StateFile(path).read()).isEqualTo(SuiteState.NONE);
    }

    @Test
    void noFileMeansNothingRuns() {
        StateFile file = new StateFile(directory.resolve("suite.json"));

        file.delete();

        assertThat(file.read().processes()).isEmpty();
    }

    @Test
    void aBrokenFileIsNamedWithARemedy() throws Exception {
        Path path = directory.resolve("suite.json");
        Files.writeString(path, "{\"processes\":[");

        assertThatExceptionOfType(SuiteException.class)
                .isThrownBy(() -> new StateFile(path).read())
                .withMessageContaining(path.toString())
                .withMessageContaining("remove the file");
    }
}
