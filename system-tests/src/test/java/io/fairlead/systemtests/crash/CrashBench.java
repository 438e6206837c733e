package io.fairlead.systemtests.crash;

import static org.awaitility.Awaitility.await;

import io.fairlead.systemtests.nodes.Folders;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// Starts a fleet, lets producers send, crashes parts of it round by round, heals, and lets [CrashChecker]
/// judge. Run once.
final class CrashBench {
    private static final Duration PROGRESS_LIMIT = Duration.ofSeconds(120);
    private static final Duration FINISH_LIMIT = Duration.ofSeconds(120);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(600);
    /// What the gateways may have in flight, in seconds of traffic.
    private static final int BACKLOG_SECONDS = 8;

    private final CrashOptions options;
    private final PrintStream out;

    CrashBench(CrashOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /// @throws IllegalStateException if the fleet does not start, or does not become whole again
    CrashReport run() {
        long start = System.nanoTime();
        Folders.empty(options.folder());
        Folders.empty(options.data());
        Optional<String> noVolumes =
                options.store() == Engine.SQLITE ? Volume.whyNot(options.data()) : Optional.of("journals are shared");
        if (options.store() == Engine.SQLITE) {
            noVolumes.ifPresent(reason -> say("no fault fill-disk: %s", reason));
        }
        try (Stores stores = new Stores(options.store(), options.inbox(), options.data(), noVolumes.isEmpty());
                CrashFleet fleet = new CrashFleet(options.folder(), stores)) {
            try {
                return run(start, stores, fleet, kinds(noVolumes.isEmpty()));
            } catch (RuntimeException e) {
                out.println(fleet.logTails());
                throw e;
            }
        }
    }

    private List<CrashFault> kinds(boolean volumes) {
        return Arrays.stream(CrashFault.values())
                .filter(kind -> kind != CrashFault.FILL_DISK || volumes)
                .filter(kind -> kind != CrashFault.KILL_DATABASE || options.usesPostgres())
                .toList();
    }

    private CrashReport run(long start, Stores stores, CrashFleet fleet, List<CrashFault> kinds) {
        say("%s; logs and histories in %s", setting(), options.folder());
        stores.effects().create();
        fleet.start();
        Nemesis nemesis = new Nemesis(options.seed(), fleet, stores, kinds);
        Traffic traffic = new Traffic(
                options.folder(),
                CrashFleet.gatewayNames().stream().map(fleet::address).toList(),
                options.isShared(),
                options.perSecond(),
                options.keys());
        try (traffic;
                ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor()) {
            watch.scheduleWithFixedDelay(() -> throttle(fleet, traffic), 1, 1, TimeUnit.SECONDS);
            traffic.start();
            awaitProgress(traffic, 100);
            for (int round = 1; round <= options.rounds(); round++) {
                round(round, nemesis, fleet, traffic);
            }
            if (traffic.acknowledged() < options.messages()) {
                say("no more faults, until %,d are acknowledged", options.messages());
                awaitProgress(traffic, options.messages() - traffic.acknowledged());
            }
            watch.shutdownNow();
            int left = traffic.finish(FINISH_LIMIT);
            say("%,d acknowledged, %,d given up; until nothing is in flight", traffic.acknowledged(), left);
        }
        List<BindingBooks> books = awaitDrained(fleet);
        return judge(start, stores, books, nemesis, traffic);
    }

    private void round(int number, Nemesis nemesis, CrashFleet fleet, Traffic traffic) {
        Nemesis.Round round = nemesis.next();
        for (Nemesis.Planned fault : round.faults()) {
            pause(fault.waitMillis());
            nemesis.begin(fault);
        }
        pause(round.holdMillis());
        round.faults().forEach(nemesis::heal);
        fleet.awaitWhole();
        awaitProgress(traffic, 50);
        say("round %d of %d: %s; %,d acknowledged", number, options.rounds(), round.faults(), traffic.acknowledged());
    }

    private void throttle(CrashFleet fleet, Traffic traffic) {
        try {
            long inFlight =
                    fleet.books().stream().mapToLong(BindingBooks::inFlight).sum();
            traffic.hold(inFlight > (long) options.perSecond() * BACKLOG_SECONDS);
        } catch (IOException e) {
            // A gateway that was killed has no books to show; it is asked again in a second.
            traffic.hold(false);
        } catch (RuntimeException e) {
            say("the books cannot be read: %s", e);
        }
    }

    /// Waits until so many more are acknowledged; gives up when none is for a long time.
    private static void awaitProgress(Traffic traffic, long more) {
        long goal = traffic.acknowledged() + more;
        long last = traffic.acknowledged();
        long lastNanos = System.nanoTime();
        for (long now = last; now < goal; now = traffic.acknowledged()) {
            if (now > last) {
                last = now;
                lastNanos = System.nanoTime();
            } else if (System.nanoTime() - lastNanos > PROGRESS_LIMIT.toNanos()) {
                throw new IllegalStateException(
                        "acknowledged: " + now + " (expected: " + goal + "): none came for " + PROGRESS_LIMIT);
            }
            pause(20);
        }
    }

    private List<BindingBooks> awaitDrained(CrashFleet fleet) {
        AtomicReference<List<BindingBooks>> books = new AtomicReference<>(List.of());
        try {
            await("nothing is in flight")
                    .atMost(DRAIN_LIMIT)
                    .pollInterval(Duration.ofMillis(500))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .failFast(fleet::assertAlive)
                    .until(() -> {
                        books.set(fleet.books());
                        return books.get().stream().allMatch(each -> each.inFlight() == 0);
                    });
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            // The checker says so, too, and what is wrong beside it.
            say("still in flight after %s: %s", DRAIN_LIMIT, books.get());
        }
        return books.get();
    }

    private CrashReport judge(long start, Stores stores, List<BindingBooks> books, Nemesis nemesis, Traffic traffic) {
        List<SendHistory> histories = SendHistory.readAll(options.folder());
        CrashChecker checker = new CrashChecker(histories, options.isShared());
        stores.effects().forEach(checker::effect);
        CrashReport report = new CrashReport(
                setting(),
                options.rounds(),
                nemesis.counts(),
                checker.verdict(books),
                books,
                traffic.acknowledgedBy(),
                histories.stream().mapToLong(SendHistory::refusals).sum(),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
        try {
            Files.writeString(options.folder().resolve("summary.txt"), report.text());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return report;
    }

    private String setting() {
        return "journal " + options.store().text() + ", inbox "
                + options.inbox().text() + ", seed " + options.seed();
    }

    private static void pause(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
