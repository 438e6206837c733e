package io.fairlead.systemtests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// A JVM on a host, with its log in a file. Whatever still runs when the bench's JVM ends is killed.
public final class NodeProcess {
    private static final int LOG_TAIL_LINES = 40;
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    /// For a quick start and little memory rather than a high speed.
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
    private final Path log;
    private final Process process;

    private NodeProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /// Starts a JVM on a host. Returns at once.
    ///
    /// @param program what follows the JVM's flags: `-jar` and a jar, or `-cp`, a class path and a class;
    ///     then arguments
    /// @param environment added to the bench's own
    public static NodeProcess start(
            Host host, String name, Path log, List<String> program, Map<String, String> environment) {
        // What stands before java replaces itself by it, so that this process is the JVM.
        List<String> command = new ArrayList<>(host.enter());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.addAll(program);
        try {
            Files.createDirectories(log.getParent());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().keySet().removeIf(variable -> variable.startsWith("FAIRLEAD_"));
            builder.environment().putAll(environment);
            Process process = builder.start();
            RUNNING.add(process);
            return new NodeProcess(name, log, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// Writes a line to its standard input.
    public void order(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " takes no orders\n" + logTail(), e);
        }
    }

    /// `kill -9`; waits for its end.
    public void kill() {
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(20));
    }

    /// SIGTERM; waits for its end.
    public void terminate(Duration limit) {
        process.destroy();
        awaitEnd(limit);
    }

    /// Stops it from running, as a long pause of a machine does; the system still takes bytes for it.
    public void pause() {
        Shell.run("kill", "-STOP", Long.toString(process.pid()));
    }

    /// Ends a pause.
    public void resume() {
        Shell.run("kill", "-CONT", Long.toString(process.pid()));
    }

    public void awaitEnd(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(
                        name + ", process " + process.pid() + ", does not end within " + limit + "\n" + logTail());
            }
            RUNNING.remove(process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    public String logTail() {
        try {
            List<String> lines = Files.readString(log, UTF_8).lines().toList();
            return "--- " + log + "\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
