package io.fairlead.systemtests.crash;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ConditionTimeoutException;

/// The end of a run: waits until the books say that nothing is in flight, and compares.
///
/// @param folder of the histories, where the summary goes, too
/// @param shared whether all gateways have one journal
record Reckoning(Path folder, String setting, boolean shared, long startNanos, PrintStream out) {
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(600);

    /// @param traffic closed, so that its histories are complete
    CrashReport report(CrashFleet fleet, Stores stores, Traffic traffic, int rounds, Map<CrashFault, Integer> faults) {
        List<BindingBooks> books = awaitDrained(fleet, DRAIN_LIMIT);
        List<SendHistory> histories = SendHistory.readAll(folder);
        CrashChecker checker = new CrashChecker(histories, shared);
        stores.effects().forEach(checker::effect);
        CrashReport report = new CrashReport(
                setting,
                rounds,
                faults,
                checker.verdict(books),
                books,
                traffic.acknowledgedBy(),
                histories.stream().mapToLong(SendHistory::refusals).sum(),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos));
        try {
            Files.writeString(folder.resolve("summary.txt"), report.text());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return report;
    }

    /// The books when nothing is in flight any more, or at the limit.
    private List<BindingBooks> awaitDrained(CrashFleet fleet, Duration limit) {
        AtomicReference<List<BindingBooks>> books = new AtomicReference<>(List.of());
        try {
            await("nothing is in flight")
                    .atMost(limit)
                    .pollInterval(Duration.ofMillis(500))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .failFast(fleet::assertAlive)
                    .until(() -> {
                        books.set(fleet.books());
                        return books.get().stream().allMatch(each -> each.inFlight() == 0);
                    });
        } catch (ConditionTimeoutException e) {
            // The checker says so, too, and what is wrong beside it.
            out.printf(Locale.ROOT, "still in flight after %s: %s%n", limit, books.get());
        }
        return books.get();
    }
}
