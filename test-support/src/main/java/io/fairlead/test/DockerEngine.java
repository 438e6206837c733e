package io.fairlead.test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// What the program `docker` says of the engine; each question is asked once. Thread-safe.
final class DockerEngine {
    private static final int TIMEOUT_SECONDS = 20;

    private final String program;
    private final Map<List<String>, Boolean> answers = new ConcurrentHashMap<>();

    DockerEngine(String program) {
        this.program = program;
    }

    /// Why a test that needs these images cannot run; empty if it can.
    Optional<String> missing(String... images) {
        if (!asked("info")) {
            return Optional.of("no Docker Engine answers (" + program + " info): container tests are skipped");
        }
        List<String> missing = Stream.of(images)
                .filter(image -> !asked("image", "ls", "--quiet", image))
                .toList();
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("no image " + String.join(", ", missing) + " (" + program
                        + " image ls): container tests that need it are skipped");
    }

    private boolean asked(String... arguments) {
        return answers.computeIfAbsent(List.of(arguments), this::run);
    }

    /// Whether the command succeeded and wrote something; not if it is not installed or does not end in time.
    private boolean run(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(arguments);
        try {
            Path output = Files.createTempFile("fairlead-docker-", ".out");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectOutput(output.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
                if (!ended) {
                    process.destroyForcibly();
                }
                return ended
                        && process.exitValue() == 0
                        && !Files.readString(output, StandardCharsets.UTF_8).isBlank();
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command, e);
        }
    }
}
