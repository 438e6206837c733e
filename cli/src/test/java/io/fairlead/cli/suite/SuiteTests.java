package io.fairlead.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuiteTests {
    @TempDir
    Path home;

    /// A command that is ended by Ctrl-C: it closes the guard while the JVM shuts down.
    static final class Interrupted {
        private Interrupted() {}

        public static void main(String[] args) {
            AutoCloseable guard = Suite.local(Path.of(args[0])).killOnExit();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    guard.close();
                    System.out.print("closed");
                } catch (Exception e) {
                    System.out.print(e);
                }
                System.out.flush();
            }));
        }
    }

    @Test
    void aCommandThatIsInterruptedEndsWithoutAnError() throws Exception {
        Process command = new ProcessBuilder(
                        Launcher.java(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Interrupted.class.getName(),
                        home.toString())
                .redirectErrorStream(true)
                .start();
        try (InputStream output = command.getInputStream()) {
            assertThat(new String(output.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("closed");
        } finally {
            assertThat(command.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
