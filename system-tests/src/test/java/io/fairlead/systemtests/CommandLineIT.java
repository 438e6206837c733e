package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// `./fairlead` as a newcomer uses it: with a copy of the script in a folder of its own beside what the build
/// has made, so that a suite that somebody runs from this clone stays as it is.
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class CommandLineIT {
    private static final Path HOME = Cluster.root().resolve(Path.of("system-tests", "target", "cli-home"));

    @BeforeAll
    static void copyScript() throws IOException {
        for (String module : List.of("cli", "registry-service", "gateway-service", "worker-service")) {
            Files.createDirectories(HOME.resolve(module));
            Path target = HOME.resolve(module).resolve("target");
            Files.deleteIfExists(target);
            Files.createSymbolicLink(
                    target, Cluster.root().resolve(module).resolve("target").toRealPath());
        }
        Files.copy(
                Cluster.root().resolve("fairlead"),
                HOME.resolve("fairlead"),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
    }

    @AfterEach
    void endWhatIsLeft() throws Exception {
        fairlead("down");
    }

    @Test
    void aSuiteIsStartedShownCalledAndEnded() throws Exception {
        Result up = fairlead("up", "--free-ports", "--workers", "2");
        assertThat(up.exitCode()).as(up.toString()).isZero();

        assertThat(up.output()).contains("admin: http://127.0.0.1:").contains("user admin password ", ", shown once");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(HOME.resolve(".fairlead/suite.json"))))
                .isEqualTo("rw-------");

        JsonNode status = Http.parse(fairlead("status", "-o", "json").output());
        Map<String, JsonNode> processes = new LinkedHashMap<>();
        status.get("processes")
                .forEach(process -> processes.put(process.get("name").asString(), process));
        assertThat(processes.keySet()).containsExactly("registry-1", "gateway-1", "worker-1", "worker-2");
        assertThat(processes.values()).allMatch(CommandLineIT::isAlive);
        List<String> instances = new ArrayList<>();
        status.get("instances").forEach(instance -> {
            instances.add(instance.get("name").asString());
            assertThat(instance.get("state").asString()).isEqualTo("UP");
            assertThat(instance.get("inFlight").isInt()).isTrue();
        });
        assertThat(instances).containsExactlyInAnyOrder("worker-1", "worker-2");

        assertThat(fairlead("call", "echo/upper", "hello").output()).isEqualTo("HELLO\n");
        int lines = processes.get("gateway-1").get("ports").get("lines").asInt();
        try (ForeignClient client = new ForeignClient(lines, ClientFraming.LF)) {
            assertThat(client.call("hello")).isEqualTo("HELLO");
        }

        durableMessages();

        assertThat(fairlead("down").exitCode()).isZero();
        assertThat(processes.values()).noneMatch(CommandLineIT::isAlive);
        assertThat(fairlead("status").exitCode()).as("nothing is running").isEqualTo(3);
    }

    private static void durableMessages() throws Exception {
        Result kept = fairlead("send", "orders/place", "{\"item\":\"tea\",\"quantity\":1}", "--key", "k-1");
        assertThat(kept.exitCode()).isZero();
        assertThat(kept.output()).matches("[0-9a-f]{16}-\\d+\n");
        String dead = fairlead("send", "orders/place", "{\"item\":\"tea\",\"quantity\":0}", "--key", "k-2")
                .output()
                .strip();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> fairlead("books").output().contains("total")
                        && Http.parse(fairlead("books", "-o", "json").output())
                                        .at("/gateway-1/totals/inFlight")
                                        .asInt()
                                == 0);
        Result books = fairlead("books");
        assertThat(books.exitCode()).isZero();
        assertThat(books.output()).contains("native, orders/place", "The books balance.");

        assertThat(fairlead("outcome", "k-1").output()).contains("DONE");
        assertThat(fairlead("outcome", "k-2", "--service", "orders").output()).contains("DEAD", "quantity: 0");
        assertThat(fairlead("outcome", "k-3", "--service", "orders").exitCode()).isEqualTo(1);
        assertThat(fairlead("dead").output()).contains(dead, "quantity: 0");
        assertThat(fairlead("dead", "show", dead).output()).contains("\"quantity\":0", "INVALID_ARGUMENT");
        assertThat(fairlead("dead", "replay", "--all").output()).contains("1 replayed");
        assertThat(fairlead("dead", "drop", dead).output()).contains("DROPPED", "dropped by admin");
    }

    @Test
    void theDemoEndsWellOnlyWithItsVerdict() throws Exception {
        Result demo = fairlead("demo", "--traffic", "3s");
        assertThat(demo.output())
                .contains("VERDICT: every message got its own right answer.")
                .containsPattern("Books of 2 gateways: .* in flight 0; .* lost 0\\.");
        assertThat(demo.exitCode()).isZero();
    }

    /// As in containers: another suite than the command's own, which is asked for by the environment alone, and
    /// in which what an earlier demonstration left is still there.
    @Test
    void theDemoRunsTwiceAgainstASuiteInWhichProcessesDie() throws Exception {
        Result up =
                fairlead("up", "--free-ports", "--gateways", "2", "--registries", "2", "--workers", "3", "-o", "json");
        assertThat(up.exitCode()).as(up.toString()).isZero();
        Map<String, JsonNode> processes = new LinkedHashMap<>();
        Http.parse(up.output())
                .get("processes")
                .forEach(process -> processes.put(process.get("name").asString(), process));
        Map<String, String> environment = Map.of(
                "FAIRLEAD_GATEWAYS",
                address(processes.get("gateway-1")) + "," + address(processes.get("gateway-2")),
                "FAIRLEAD_ADMIN_PASSWORD_FILE",
                passwordFile().toString());

        Result first = fairlead(environment, "demo", "--traffic", "3s");
        assertThat(first.exitCode()).as(first.output()).isZero();

        try (Started second = start(environment, "demo", "--traffic", "12s")) {
            await().atMost(Duration.ofMinutes(2)).until(() -> second.output().contains("answered"));
            ProcessHandle worker = handle(processes.get("worker-2"));
            assertThat(worker.destroyForcibly()).isTrue();
            Process again = killAndStartAgain(handle(processes.get("gateway-1")));
            try {
                Result result = second.result();
                assertThat(result.output())
                        .contains("VERDICT: every message got its own right answer.")
                        .containsPattern("Books of 2 gateways: .* in flight 0; .* lost 0\\.");
                assertThat(result.exitCode()).isZero();
            } finally {
                again.destroyForcibly();
            }
        }

        assertThat(fairlead(environment, "call", "echo/upper", "hello").output())
                .isEqualTo("HELLO\n");
    }

    private static String address(JsonNode gateway) {
        return "127.0.0.1:" + gateway.at("/ports/native").asInt();
    }

    private static JsonNode credentials() throws IOException {
        return Http.parse(Files.readString(HOME.resolve(".fairlead/suite.json"), UTF_8))
                .get("credentials");
    }

    private static Path passwordFile() throws IOException {
        return Files.writeString(
                HOME.resolve("password"), credentials().get("adminPassword").asString() + "\n");
    }

    /// As whoever runs the suite does: with the same arguments, in the same place, and the same credentials.
    private static Process killAndStartAgain(ProcessHandle gateway) throws Exception {
        List<String> command = new ArrayList<>(List.of(gateway.info().command().orElseThrow()));
        command.addAll(List.of(gateway.info().arguments().orElseThrow()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(HOME.resolve(".fairlead").toFile())
                .redirectErrorStream(true)
                .redirectOutput(HOME.resolve(".fairlead/logs/again.log").toFile());
        builder.environment().put("FAIRLEAD_SECRET", credentials().get("secret").asString());
        builder.environment()
                .put(
                        "FAIRLEAD_ADMIN_PASSWORD",
                        credentials().get("adminPassword").asString());
        assertThat(gateway.destroyForcibly()).isTrue();
        gateway.onExit().get(10, TimeUnit.SECONDS);
        return builder.start();
    }

    private static ProcessHandle handle(JsonNode process) {
        return ProcessHandle.of(process.get("pid").asLong()).orElseThrow();
    }

    private static boolean isAlive(JsonNode process) {
        return ProcessHandle.of(process.get("pid").asLong())
                .filter(ProcessHandle::isAlive)
                .isPresent();
    }

    /// @param output standard output alone
    private record Result(int exitCode, String output) {}

    /// A command that runs.
    ///
    /// @param file of its standard output: a pipe would stay open as long as what the command starts
    private record Started(Process process, Path file) implements AutoCloseable {
        String output() throws IOException {
            return Files.readString(file, UTF_8);
        }

        Result result() throws IOException, InterruptedException {
            assertThat(process.waitFor(5, TimeUnit.MINUTES))
                    .as("%s ends", process.info())
                    .isTrue();
            return new Result(process.exitValue(), output());
        }

        @Override
        public void close() throws IOException {
            process.destroy();
            Files.delete(file);
        }
    }

    private static Started start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(HOME.resolve("fairlead").toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(HOME, "output-", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return new Started(builder.start(), output);
    }

    private static Result fairlead(String... arguments) throws IOException, InterruptedException {
        return fairlead(Map.of(), arguments);
    }

    private static Result fairlead(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        try (Started started = start(environment, arguments)) {
            return started.result();
        }
    }
}
