package io.fairlead.systemtests;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// A service as a process of its own, with its log in a file. Whatever is still running when the tests' JVM ends is
/// killed.
final class ServiceProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final int LOG_TAIL_LINES = 60;
    /// That all processes of a run of the tests have in common.
    private static final String SECRET = random();

    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    /// For a quick start rather than a high speed.
    private static final List<String> JVM_FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-Xmx192m",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final String name;
    private final int httpPort;
    private final int actuatorPort;
    private final Path log;
    private final Process process;

    private ServiceProcess(String name, int httpPort, int actuatorPort, Path log, Process process) {
        this.name = name;
        this.httpPort = httpPort;
        this.actuatorPort = actuatorPort;
        this.log = log;
        this.process = process;
    }

    /// A text that nobody guesses.
    static String random() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /// Starts a JVM, with a secret and an admin's password in its environment. Returns at once.
    ///
    /// @param program what follows the JVM's flags: `-jar` and a jar, or `-cp`, a class path and a class
    /// @param properties of Spring, `name=value`
    static ServiceProcess start(
            String name, Path log, int httpPort, int actuatorPort, List<String> program, List<String> properties) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.addAll(program);
        properties.forEach(property -> command.add("--" + property));
        try {
            Files.createDirectories(log.getParent());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().keySet().removeIf(variable -> variable.startsWith("FAIRLEAD_"));
            builder.environment().put("FAIRLEAD_SECRET", SECRET);
            builder.environment().put("FAIRLEAD_ADMIN_PASSWORD", Http.ADMIN_PASSWORD);
            Process process = builder.start();
            RUNNING.add(process);
            return new ServiceProcess(name, httpPort, actuatorPort, log, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return name;
    }

    int httpPort() {
        return httpPort;
    }

    /// Waits until it says that it is ready.
    ServiceProcess awaitReady() {
        await(name + " is ready").atMost(START_LIMIT).until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException(name + " ended with " + process.exitValue() + "\n" + logTail());
            }
            return isReady();
        });
        return this;
    }

    boolean isReady() {
        return Http.status(actuatorPort, "/actuator/health/readiness") == 200;
    }

    /// Whether it answers that it lives, ready or not.
    boolean isLive() {
        return Http.status(actuatorPort, "/actuator/health/liveness") == 200;
    }

    /// All of its health, with details.
    JsonNode health() {
        return Http.json(actuatorPort, "/actuator/health");
    }

    /// The sum of a metric's samples that have all of these labels.
    ///
    /// @param labels as Prometheus writes them: `name="value"`
    double metric(String metric, String... labels) {
        return metrics()
                .lines()
                .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
                .filter(line -> List.of(labels).stream().allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /// All that Prometheus would get.
    String metrics() {
        return Http.text(actuatorPort, "/actuator/prometheus");
    }

    /// `kill -9`.
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /// Stops it from running, as a long pause of a machine does; the system still takes bytes for it.
    void pause() {
        signal("-STOP");
    }

    /// Ends a pause.
    void resume() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .inheritIO()
                    .start();
            if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new IllegalStateException("kill " + signal + " " + name + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException(name + ", process " + process.pid() + ", does not end");
            }
            RUNNING.remove(process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitEnd();
    }

    String logTail() {
        try {
            List<String> lines =
                    Files.readString(log, StandardCharsets.UTF_8).lines().toList();
            return "--- " + log + "\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
