package io.fairlead.cli.suite;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Services as they start fastest: their jars unpacked, beside each a cache of classes that were loaded and
/// linked in a rehearsal (`-XX:AOTCacheOutput`). Made once after each build, since it cuts the CPU time of a
/// start to about a third. A service whose rehearsal fails starts without its cache.
final class Apps {
    private static final Duration UNPACK_LIMIT = Duration.ofMinutes(1);
    private static final Duration REHEARSAL_LIMIT = Duration.ofMinutes(3);
    private static final String CACHE = "app.aot";
    private static final String REHEARSED = "rehearsed";

    private final Path home;
    private final Path directory;

    Apps(Path home) {
        this.home = home;
        this.directory = home.resolve(".fairlead").resolve("apps");
    }

    /// The arguments of `java` that run each service.
    ///
    /// @throws SuiteException if a jar is missing or cannot be unpacked
    Map<Service, List<String>> prepare(Set<Service> services, Consumer<String> progress) throws InterruptedException {
        try {
            Files.createDirectories(directory);
            try (FileChannel channel = FileChannel.open(
                            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = channel.lock()) {
                List<Service> missing = new ArrayList<>();
                for (Service service : services) {
                    if (!Files.exists(app(service).resolve(REHEARSED))) {
                        missing.add(service);
                    }
                }
                if (!missing.isEmpty()) {
                    progress.accept("preparing the services for quick starts, once after each build");
                    unpack(missing);
                    rehearse(missing);
                }
                Map<Service, List<String>> arguments = new LinkedHashMap<>();
                for (Service service : services) {
                    arguments.put(service, arguments(service));
                }
                return arguments;
            }
        } catch (IOException e) {
            throw new SuiteException(directory + " cannot be written: " + e, e);
        }
    }

    private List<String> arguments(Service service) {
        Path app = app(service);
        Path cache = app.resolve(CACHE);
        List<String> arguments = new ArrayList<>();
        if (Files.exists(cache)) {
            arguments.add("-XX:AOTCache=" + cache);
        }
        arguments.add("-jar");
        arguments.add(unpackedJar(service).toString());
        return arguments;
    }

    /// Named after the build of the jar, so that another build gets another directory.
    private Path app(Service service) {
        File jar = jar(service).toFile();
        return directory.resolve(service.label() + "-" + jar.lastModified() + "-" + jar.length());
    }

    private void unpack(List<Service> services) throws IOException, InterruptedException {
        Map<Service, Process> unpacking = new LinkedHashMap<>();
        for (Service service : services) {
            removeOld(service);
            unpacking.put(
                    service,
                    java(
                            "unpack-" + service.label(),
                            List.of(
                                    "-XX:TieredStopAtLevel=1",
                                    "-Djarmode=tools",
                                    "-jar",
                                    jar(service).toString(),
                                    "extract",
                                    "--destination",
                                    app(service).toString())));
        }
        for (Map.Entry<Service, Process> each : unpacking.entrySet()) {
            if (!endsWell(each.getValue(), UNPACK_LIMIT)) {
                throw new SuiteException(jar(each.getKey()) + " cannot be unpacked; see "
                        + directory.resolve("unpack-" + each.getKey().label() + ".log")
                        + ", or remove the jar so that it is built anew");
            }
        }
    }

    /// Starts each service up to the point where it would listen, which it does not. The cache holds for the
    /// path of the jar that it was made with.
    private void rehearse(List<Service> services) throws IOException, InterruptedException {
        Map<Service, Process> rehearsals = new LinkedHashMap<>();
        for (Service service : services) {
            List<String> arguments = new ArrayList<>(Launcher.FLAGS);
            arguments.add("-XX:AOTCacheOutput=" + app(service).resolve(CACHE + ".new"));
            arguments.add("-Dspring.context.exit=onRefresh");
            arguments.add("-jar");
            arguments.add(unpackedJar(service).toString());
            rehearsals.put(service, java("rehearse-" + service.label(), arguments));
        }
        for (Map.Entry<Service, Process> each : rehearsals.entrySet()) {
            Path made = app(each.getKey()).resolve(CACHE + ".new");
            if (endsWell(each.getValue(), REHEARSAL_LIMIT) && Files.exists(made)) {
                Files.move(made, app(each.getKey()).resolve(CACHE), StandardCopyOption.REPLACE_EXISTING);
            }
            Files.writeString(app(each.getKey()).resolve(REHEARSED), "");
        }
    }

    private Process java(String what, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Launcher.java());
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(what + ".log").toFile())
                .start();
    }

    private static boolean endsWell(Process process, Duration limit) throws InterruptedException {
        try {
            return process.waitFor(limit) && process.exitValue() == 0;
        } finally {
            process.destroyForcibly();
        }
    }

    /// What other builds left, but for what a suite still runs from: its classes are read when they are first needed.
    void removeOld(Service service) throws IOException {
        try (Stream<Path> apps = Files.list(directory)) {
            for (Path app : apps.filter(path -> path.getFileName().toString().startsWith(service.label() + "-"))
                    .toList()) {
                if (app.equals(app(service)) || !isInUse(app)) {
                    remove(app);
                }
            }
        }
    }

    private static boolean isInUse(Path app) {
        return ProcessHandle.allProcesses()
                .anyMatch(process -> process.info().commandLine().orElse("").contains(app.toString()));
    }

    private static void remove(Path tree) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private Path unpackedJar(Service service) {
        return app(service).resolve(jar(service).getFileName());
    }

    /// @throws SuiteException if it is missing
    private Path jar(Service service) {
        Path target = home.resolve(service.module()).resolve("target");
        try (Stream<Path> files = Files.exists(target) ? Files.list(target) : Stream.empty()) {
            return files.filter(file -> {
                        String name = file.getFileName().toString();
                        return name.startsWith(service.artifact() + "-") && name.endsWith("-app.jar");
                    })
                    .max(Comparator.comparingLong(file -> file.toFile().lastModified()))
                    .orElseThrow(() -> new SuiteException("no " + service.artifact() + "-*-app.jar in " + target
                            + "; build it with `mvn -DskipTests -pl " + service.module() + " -am package`"));
        } catch (IOException e) {
            throw new SuiteException(target + " cannot be read: " + e, e);
        }
    }
}
