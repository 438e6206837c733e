package io.fairlead.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A PostgreSQL server of the test's own, from the programs that Debian's package `postgresql` installs: its
/// own data directory, a free port of the loopback interface, the database `postgres`, and the user
/// `postgres` without a password.
///
/// Commits are synchronous, as PostgreSQL's defaults have it. PostgreSQL does not run as root: there it runs
/// as the user `postgres` of the package. Not thread-safe.
public final class PostgresServer implements AutoCloseable {
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    private static final int TIMEOUT_SECONDS = 60;

    private final Path programs;
    private final Path directory;
    private final int port;

    private PostgresServer(Path programs, Path directory, int port) {
        this.programs = programs;
        this.directory = directory;
        this.port = port;
    }

    /// Whether the programs are installed.
    public static boolean isInstalled() {
        return programs().isPresent();
    }

    private static Optional<Path> programs() {
        if (!Files.isDirectory(DEBIAN)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.naturalOrder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Makes a database cluster in a new temporary directory and starts it.
    ///
    /// @param settings lines of postgresql.conf, such as `max_connections=200`
    /// @throws IllegalStateException if PostgreSQL is not installed or does not start; the message has its
    ///     own words
    public static PostgresServer start(String... settings) {
        Path programs = programs()
                .orElseThrow(() -> new IllegalStateException(
                        "PostgreSQL is not installed in " + DEBIAN + ": apt-get install postgresql"));
        try {
            Path directory = Files.createTempDirectory("fairlead-postgres-");
            if (isRoot()) {
                run(List.of("chown", "postgres", directory.toString()));
            }
            PostgresServer server = new PostgresServer(programs, directory, freePort());
            server.program("initdb", "-D", server.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale");
            List<String> lines = new ArrayList<>(List.of(
                    "",
                    "port=" + server.port,
                    "listen_addresses='127.0.0.1'",
                    "unix_socket_directories='" + directory + "'"));
            lines.addAll(List.of(settings));
            Files.write(
                    Path.of(server.data(), "postgresql.conf"),
                    lines,
                    StandardCharsets.UTF_8,
                    java.nio.file.StandardOpenOption.APPEND);
            server.restart();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where clients connect, without credentials.
    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    /// The user of [#jdbcUrl], who needs no password.
    public String user() {
        return "postgres";
    }

    /// The port on 127.0.0.1.
    public int port() {
        return port;
    }

    /// Starts it again after [#kill]; returns when it takes connections.
    public void restart() {
        // Its output must not be our pipe: the server would hold it open, and we would wait for its end.
        program(
                "pg_ctl",
                "-D",
                data(),
                "-w",
                "-t",
                "60",
                "-l",
                directory.resolve("log").toString(),
                "start");
    }

    /// Ends it at once, as a crash would (`pg_ctl stop -m immediate`).
    public void kill() {
        program("pg_ctl", "-D", data(), "-w", "-t", "60", "-m", "immediate", "stop");
    }

    /// Ends it and deletes its data.
    @Override
    public void close() {
        if (Files.exists(Path.of(data(), "postmaster.pid"))) {
            kill();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private void program(String name, String... arguments) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"));
        }
        command.add(programs.resolve(name).toString());
        command.addAll(List.of(arguments));
        try {
            run(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> command) throws IOException {
        Path output = Files.createTempFile("fairlead-postgres-", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (!ended || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(command
                        + (ended ? " failed: " : " did not end: ")
                        + Files.readString(output, StandardCharsets.UTF_8));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command, e);
        } finally {
            Files.delete(output);
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
