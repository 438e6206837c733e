package io.fairlead.systemtests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `./fairlead demo` on this machine against gateways that something else runs, while the test does to them what
/// it likes. A thread reads what it says of its progress.
final class DemoRun implements AutoCloseable {
    private static final Pattern PROGRESS = Pattern.compile("\\s*(\\d+) %  sent.*");
    private static final Duration LIMIT = Duration.ofMinutes(4);

    private final Process process;
    private final CompletableFuture<String> answer = new CompletableFuture<>();

    /// Guarded by itself.
    private final List<String> said = new ArrayList<>();

    private volatile int percent = -1;

    /// @param gateways as `--gateways` takes them
    DemoRun(String gateways, String adminPassword, Duration traffic) {
        Path home =
                Path.of(System.getProperty("fairlead.root")).toAbsolutePath().normalize();
        ProcessBuilder builder = new ProcessBuilder(
                home.resolve("fairlead").toString(),
                "demo",
                "--gateways",
                gateways,
                "--traffic",
                traffic.toSeconds() + "s",
                "--output",
                "json");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("FAIRLEAD_ADMIN_PASSWORD", adminPassword);
        try {
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("demo-progress").start(this::readProgress);
        Thread.ofVirtual().name("demo-answer").start(this::readAnswer);
    }

    private void readProgress() {
        try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (said) {
                    said.add(line);
                }
                Matcher figures = PROGRESS.matcher(line);
                if (figures.matches()) {
                    percent = Integer.parseInt(figures.group(1));
                }
            }
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
    }

    private void readAnswer() {
        try {
            answer.complete(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
    }

    /// Waits until this share of the traffic's time is over.
    void awaitTraffic(int percentOver) {
        await("traffic at " + percentOver + " %")
                .atMost(LIMIT)
                .until(() -> percent >= percentOver || !process.isAlive());
        assertThat(percent).as("progress, after %s", said()).isGreaterThanOrEqualTo(percentOver);
    }

    /// Waits for its end, which must be a good one: every message got its own right answer, and the books balance.
    JsonNode awaitGoodEnd() throws Exception {
        String report = answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(process.waitFor(LIMIT)).as("ends").isTrue();
        assertThat(process.exitValue()).as("%s%nafter %s", report, said()).isZero();
        return JsonMapper.builder().build().readTree(report);
    }

    private String said() {
        synchronized (said) {
            return String.join("\n", said);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
