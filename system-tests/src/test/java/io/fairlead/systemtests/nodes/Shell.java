package io.fairlead.systemtests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs short commands of the system. Blocks, at most 20 s each.
public final class Shell {
    private static final int LIMIT_SECONDS = 20;

    private Shell() {}

    /// What a command said and how it ended.
    public record Result(int exit, String output) {}

    /// Runs a command that must succeed.
    ///
    /// @return what it wrote
    /// @throws IllegalStateException if it fails; the message has what it wrote
    public static String run(List<String> command) {
        Result result = attempt(command);
        if (result.exit() != 0) {
            throw new IllegalStateException(
                    String.join(" ", command) + ": exit " + result.exit() + ": " + result.output());
        }
        return result.output();
    }

    public static String run(String... command) {
        return run(List.of(command));
    }

    /// Runs a command that may fail.
    public static Result attempt(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return new Result(-1, "did not end within " + LIMIT_SECONDS + " s: " + output);
            }
            return new Result(process.exitValue(), output);
        } catch (IOException e) {
            return new Result(-1, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }
}
