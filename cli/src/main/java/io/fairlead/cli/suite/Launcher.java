package io.fairlead.cli.suite;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Starts services as processes that outlive the command and the terminal it was given in.
final class Launcher {
    /// Ignored signals stay ignored in what the shell turns into, and a JVM leaves them so: neither Ctrl-C in
    /// the terminal nor closing it ends the process. It ends by SIGTERM.
    private static final String DETACHED = "trap '' INT HUP; exec \"$@\"";

    static final List<String> FLAGS = List.of(
            "-XX:+UseSerialGC",
            // What survives four collections stays: by default, each of the first fifteen would copy all that a start
            // has made
            "-XX:MaxTenuringThreshold=4",
            "-Xmx256m",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.net.preferIPv4Stack=true");

    private final Path directory;
    private final boolean shortLived;

    /// @param shortLived whether a quick start matters more than speed after a minute
    Launcher(Path directory, boolean shortLived) {
        this.directory = directory;
        this.shortLived = shortLived;
    }

    /// The `java` that runs this command.
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    Path logs() {
        return directory.resolve("logs");
    }

    /// @param app what `java` is to run
    /// @param arguments of the service
    /// @param environment variables that it gets beside ours
    /// @throws SuiteException if the process cannot be started
    SuiteProcess start(ProcessPlan plan, List<String> app, List<String> arguments, Map<String, String> environment) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", DETACHED, plan.name()));
        command.add(java());
        command.addAll(FLAGS);
        if (shortLived) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        command.addAll(app);
        command.addAll(arguments);
        Path log = logs().resolve(plan.name() + ".log");
        try {
            Files.createDirectories(logs());
            if (Files.exists(log)) {
                Files.move(log, logs().resolve(plan.name() + ".log.1"), StandardCopyOption.REPLACE_EXISTING);
            }
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            return new SuiteProcess(
                    plan.name(),
                    plan.service(),
                    ProcessId.of(process.toHandle(), Instant.now()),
                    plan.ports(),
                    log.toString());
        } catch (IOException e) {
            throw new SuiteException(plan.name() + " cannot be started: " + e.getMessage(), e);
        }
    }
}
