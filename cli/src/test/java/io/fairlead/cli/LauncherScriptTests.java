package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script `fairlead` in the repository's root, in a copy with a JDK that only says how it was called.
class LauncherScriptTests {
    private static final Path SCRIPT =
            Path.of("..", "fairlead").toAbsolutePath().normalize();

    @TempDir
    Path directory;

    private Path clone;

    @BeforeEach
    void copy() throws IOException {
        clone = directory.toRealPath().resolve("a clone");
        Path target = Files.createDirectories(clone.resolve("cli").resolve("target"));
        Files.createFile(target.resolve("fairlead-cli-0.1.0-SNAPSHOT.jar"));
        Files.copy(SCRIPT, clone.resolve("fairlead"));
        assertThat(clone.resolve("fairlead").toFile().setExecutable(true)).isTrue();
    }

    private Path jdk(String version) throws IOException {
        Path home = directory.toRealPath().resolve("jdk " + version);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"none\"\nJAVA_VERSION=\"" + version + "\"\n");
        for (String tool : List.of("java", "javac")) {
            Path file = home.resolve("bin").resolve(tool);
            Files.writeString(file, "#!/bin/sh\necho fake " + version + "\nfor a; do echo \"<$a>\"; done\n");
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        return home;
    }

    private static List<String> run(Path where, Path javaHome, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .directory(where.toFile())
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(Duration.ofSeconds(30))).isTrue();
        return said.lines().toList();
    }

    @Test
    void isReadByAPlainShell() throws Exception {
        assertThat(run(directory, directory, "sh", "-n", SCRIPT.toString())).isEmpty();
    }

    @Test
    void handsOverEveryArgumentAsItIs() throws Exception {
        assertThat(run(clone, jdk("25.0.1"), "./fairlead", "call", "echo/upper", "two words"))
                .startsWith("fake 25.0.1")
                .containsSubsequence("<call>", "<echo/upper>", "<two words>")
                .contains("<-Dfairlead.home=" + clone + ">");
    }

    @Test
    void worksThroughSymbolicLinksFromAnywhere() throws Exception {
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        Files.createSymbolicLink(directory.resolve("direct"), clone.resolve("fairlead"));
        Files.createSymbolicLink(elsewhere.resolve("fl"), Path.of("..", "direct"));

        assertThat(run(elsewhere, jdk("26"), "./fl", "version")).contains("<-Dfairlead.home=" + clone + ">");
    }

    @Test
    void passesOverAJdkThatIsTooOld() throws Exception {
        assertThat(run(clone, jdk("17.0.15"), "./fairlead", "version")).doesNotContain("fake 17.0.15");
    }
}
