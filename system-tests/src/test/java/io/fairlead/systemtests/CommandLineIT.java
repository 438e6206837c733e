package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
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

        assertThat(fairlead("down").exitCode()).isZero();
        assertThat(processes.values()).noneMatch(CommandLineIT::isAlive);
        assertThat(fairlead("status").exitCode()).as("nothing is running").isEqualTo(3);
    }

    @Test
    void theDemoEndsWellOnlyWithItsVerdict() throws Exception {
        Result demo = fairlead("demo", "--traffic", "3s");
        assertThat(demo.output()).contains("VERDICT: every message got its own right answer.");
        assertThat(demo.exitCode()).isZero();
    }

    private static boolean isAlive(JsonNode process) {
        return ProcessHandle.of(process.get("pid").asLong())
                .filter(ProcessHandle::isAlive)
                .isPresent();
    }

    /// @param output standard output alone
    private record Result(int exitCode, String output) {}

    private static Result fairlead(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(HOME.resolve("fairlead").toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(HOME, "output-", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(output.toFile()) // a pipe would stay open as long as what the command starts
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES))
                    .as("%s ends", command)
                    .isTrue();
            return new Result(process.exitValue(), Files.readString(output, UTF_8));
        } finally {
            process.destroy();
            Files.delete(output);
        }
    }
}
