package io.fairlead.systemtests.faults;

import io.fairlead.systemtests.nodes.Folders;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Starts a fleet on hosts of its own, lets clients call, puts faults on it by a schedule, and reports. Run
/// once.
final class FaultBench {
    /// Between a fault's end and the next, so that each has its own consequences alone.
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(4);

    private final Options options;
    private final PrintStream out;

    /// @param kinds that may come
    /// @param seconds after which no further fault is begun; the first [#atLeast] come in any case
    /// @param atLeast fewest faults
    /// @param folder for logs and journals, emptied first
    record Options(long seed, List<FaultKind> kinds, int seconds, int atLeast, Path folder) {}

    FaultBench(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /// The kinds that come when none is named: all but those for which [WallClock#WHY_NOT] holds.
    static List<FaultKind> usual() {
        return Arrays.stream(FaultKind.values())
                .filter(kind -> kind != FaultKind.CLOCK_STEP)
                .toList();
    }

    /// @throws IllegalStateException if hosts cannot be made, or the fleet does not start or does not become
    ///     whole again
    Report run() {
        Folders.empty(options.folder());
        List<InjectedFault> faults = new ArrayList<>();
        NamespaceHosts hosts = new NamespaceHosts(Fleet.hostNames());
        try (Fleet fleet = new Fleet(hosts, options.folder(), options.kinds().contains(FaultKind.DELAY))) {
            WallClock clock = new WallClock(options.folder());
            if (options.kinds().contains(FaultKind.CLOCK_STEP)) {
                fleet.environment(WallClock.WORKER, clock.environment());
                fleet.environment(WallClock.REGISTRY, clock.environment());
            }
            try {
                say(
                        "fleet of %d registries, %d gateways, %d workers starts; logs and histories in %s",
                        Fleet.REGISTRIES, Fleet.GATEWAYS, Fleet.WORKERS, options.folder());
                fleet.start();
                fleet.startClients();
                fleet.awaitReplies();
                inject(fleet, new FaultInjector(fleet, hosts, clock), faults);
                fleet.stopClients();
            } catch (RuntimeException e) {
                out.println(fleet.logTails());
                throw e;
            }
        }
        return new Report(History.read(options.folder()), faults);
    }

    private void inject(Fleet fleet, FaultInjector injector, List<InjectedFault> faults) {
        Schedule schedule = new Schedule(options.seed(), options.kinds());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.seconds());
        while (faults.size() < options.atLeast() || System.nanoTime() - end < 0) {
            PlannedFault plan = schedule.next();
            say("%s on %s", plan.kind().text(), plan.target());
            InjectedFault fault = injector.inject(plan);
            faults.add(fault);
            say(
                    "%s undone after %d ms",
                    plan.kind().text(), TimeUnit.NANOSECONDS.toMillis(fault.healedNanos() - fault.onsetNanos()));
            settle();
        }
    }

    private static void settle() {
        long end = System.nanoTime() + SETTLE_NANOS;
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
