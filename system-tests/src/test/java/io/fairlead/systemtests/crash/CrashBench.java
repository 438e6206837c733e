package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.Folders;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Starts a fleet, lets producers send, crashes parts of it round by round, heals, and lets [CrashChecker]
/// judge. Run once.
final class CrashBench {
    private static final Duration FINISH_LIMIT = Duration.ofSeconds(120);
    private static final int GATEWAYS = 2;
    private static final int WORKERS = 3;
    private static final int JOURNAL_MEGABYTES = 1_024;
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
        Volume.release(options.data());
        Folders.empty(options.folder());
        Folders.empty(options.data());
        Optional<String> noVolumes =
                options.store() == Engine.SQLITE ? Volume.whyNot(options.data()) : Optional.of("journals are shared");
        if (options.store() == Engine.SQLITE) {
            noVolumes.ifPresent(reason -> say("no fault fill-disk: %s", reason));
        }
        List<String> disks = noVolumes.isEmpty() ? CrashFleet.names("gateway", GATEWAYS) : List.of();
        try (Stores stores = new Stores(options.store(), options.inbox(), options.data(), disks, JOURNAL_MEGABYTES);
                CrashFleet fleet = new CrashFleet(options.folder(), stores, GATEWAYS, WORKERS)) {
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
                fleet.gatewayNames().stream().map(fleet::address).toList(),
                options.isShared(),
                options.perSecond(),
                options.keys());
        try (traffic;
                ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor()) {
            watch.scheduleWithFixedDelay(() -> throttle(fleet, traffic), 1, 1, TimeUnit.SECONDS);
            traffic.start();
            traffic.goOnUntil(100);
            for (int round = 1; round <= options.rounds(); round++) {
                round(round, nemesis, fleet, traffic);
            }
            if (traffic.acknowledged() < options.messages()) {
                say("no more faults, until %,d are acknowledged", options.messages());
                traffic.goOnUntil(options.messages() - traffic.acknowledged());
            }
            watch.shutdownNow();
            int left = traffic.finish(FINISH_LIMIT);
            say("%,d acknowledged, %,d given up; until nothing is in flight", traffic.acknowledged(), left);
        }
        Reckoning reckoning = new Reckoning(options.folder(), setting(), options.isShared(), start, out);
        return reckoning.report(fleet, stores, traffic, options.rounds(), nemesis.counts());
    }

    private void round(int number, Nemesis nemesis, CrashFleet fleet, Traffic traffic) {
        Nemesis.Round round = nemesis.next();
        for (Nemesis.Planned fault : round.faults()) {
            traffic.goOn(fault.waitMillis());
            nemesis.begin(fault);
        }
        traffic.goOn(round.holdMillis());
        round.faults().forEach(nemesis::heal);
        fleet.awaitWhole();
        traffic.goOnUntil(50);
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

    private String setting() {
        return "journal " + options.store().text() + ", inbox "
                + options.inbox().text() + ", seed " + options.seed();
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
