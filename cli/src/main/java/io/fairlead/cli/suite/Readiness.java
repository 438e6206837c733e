package io.fairlead.cli.suite;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Waits for processes to be ready: first each for itself, then each gateway for its links to all workers.
final class Readiness {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int POLL_MILLIS = 100;
    private static final int HTTP_TIMEOUT_MILLIS = 1_000;
    private static final int LOG_LINES = 15;

    private final List<SuiteProcess> processes;
    private final @Nullable Credentials credentials;
    private final Duration limit;
    private final long deadlineNanos;
    private final Consumer<String> ready;

    Readiness(List<SuiteProcess> processes, @Nullable Credentials credentials, Duration limit, Consumer<String> ready) {
        this.processes = processes;
        this.credentials = credentials;
        this.limit = limit;
        this.deadlineNanos = System.nanoTime() + limit.toNanos();
        this.ready = ready;
    }

    /// @throws SuiteException if one ends or is not ready in time, with the last lines of its log
    void await() throws InterruptedException {
        List<SuiteProcess> waiting = new ArrayList<>(processes);
        while (!waiting.isEmpty()) {
            waiting.removeIf(this::isReady);
            pauseUnlessDone(waiting, "is not ready");
        }
        List<SuiteProcess> unlinked = new ArrayList<>(of(Service.GATEWAY));
        int workers = of(Service.WORKER).size();
        while (!unlinked.isEmpty()) {
            unlinked.removeIf(gateway -> linked(gateway) >= workers);
            pauseUnlessDone(unlinked, "is not linked to " + workers + " workers");
        }
    }

    private boolean isReady(SuiteProcess process) {
        if (!process.isAlive()) {
            throw failure(process, "has ended");
        }
        boolean isReady = process.isReady();
        if (isReady) {
            ready.accept(process.name());
        }
        return isReady;
    }

    private void pauseUnlessDone(List<SuiteProcess> waiting, String complaint) throws InterruptedException {
        if (waiting.isEmpty()) {
            return;
        }
        if (System.nanoTime() - deadlineNanos > 0) {
            throw failure(waiting.getFirst(), complaint + " after " + limit.toSeconds() + " s");
        }
        Pause.millis(POLL_MILLIS);
    }

    private SuiteException failure(SuiteProcess process, String complaint) {
        StringBuilder message = new StringBuilder(process.name()).append(' ').append(complaint);
        says(process).ifPresent(answer -> message.append("; it says: ").append(answer));
        message.append("\nthe end of ").append(process.log()).append(':');
        process.lastLines(LOG_LINES).forEach(line -> message.append("\n  ").append(line));
        return new SuiteException(message.toString());
    }

    private static Optional<String> says(SuiteProcess process) {
        try {
            return Optional.of(process.readiness().body());
        } catch (IOException e) {
            // Does not answer, which the complaint says already.
            return Optional.empty();
        }
    }

    private List<SuiteProcess> of(Service service) {
        return processes.stream()
                .filter(process -> process.service() == service)
                .toList();
    }

    private int linked(SuiteProcess gateway) {
        try {
            Http.Answer answer = Http.get(gateway.port("http"), "/admin/upstreams", credentials, HTTP_TIMEOUT_MILLIS);
            if (answer.status() != 200) {
                return 0;
            }
            int count = 0;
            for (JsonNode upstream : JSON.readTree(answer.body())) {
                if (upstream.path("connected").asBoolean()) {
                    count++;
                }
            }
            return count;
        } catch (IOException e) {
            // Asked again until the time limit.
            return 0;
        }
    }
}
