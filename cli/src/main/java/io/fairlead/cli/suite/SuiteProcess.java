package io.fairlead.cli.suite;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A process that was started.
///
/// @param log where it writes
public record SuiteProcess(String name, Service service, ProcessId id, Map<String, Integer> ports, String log) {
    private static final int HTTP_TIMEOUT_MILLIS = 1_000;

    /// The process while it runs.
    public Optional<ProcessHandle> handle() {
        return id.find();
    }

    /// Whether it runs.
    @JsonIgnore
    public boolean isAlive() {
        return handle().isPresent();
    }

    /// Whether it says that it is ready.
    @JsonIgnore
    public boolean isReady() {
        try {
            return readiness().status() == 200;
        } catch (IOException e) {
            // Not listening yet, or busy: not ready is what we say.
            return false;
        }
    }

    /// What its readiness group answers.
    Http.Answer readiness() throws IOException {
        return Http.get(port("actuator"), "/actuator/health/readiness", null, HTTP_TIMEOUT_MILLIS);
    }

    /// A port by its name.
    public int port(String portName) {
        Integer number = ports.get(portName);
        if (number == null) {
            throw new IllegalArgumentException(name + " has no port " + portName + " (expected: one of " + ports + ")");
        }
        return number;
    }

    /// The last lines of its log.
    List<String> lastLines(int count) {
        ArrayDeque<String> last = new ArrayDeque<>();
        try (Stream<String> lines = Files.lines(Path.of(log), StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> {
                last.add(line);
                if (last.size() > count) {
                    last.remove();
                }
            });
        } catch (IOException e) {
            last.add("(" + log + " cannot be read: " + e.getMessage() + ")");
        }
        return List.copyOf(last);
    }
}
