package io.fairlead.cli.demo;

import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.Ports;
import io.fairlead.cli.suite.ProcessId;
import io.fairlead.cli.suite.ProcessPlan;
import io.fairlead.cli.suite.Service;
import io.fairlead.cli.suite.Suite;
import io.fairlead.cli.suite.SuiteException;
import io.fairlead.cli.suite.SuiteProcess;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// A suite that the demonstration starts on free ports of this machine, whose processes it pauses and kills, and
/// that ends with it.
public final class OwnSuite implements DemoSuite {
    private static final int REGISTRIES = 2;
    private static final int GATEWAYS = 2;
    private static final int WORKERS = 3;
    private static final Duration READY_LIMIT = Duration.ofMinutes(3);

    private final Suite suite;
    private final Consumer<String> says;
    private final Closeable lock;
    private final Closeable guard;
    private final Faults faults;

    private List<ProcessPlan> plans = List.of();
    private List<SuiteProcess> processes = List.of();

    /// Takes the place of the demonstration's suite.
    ///
    /// @param home the root of the repository
    /// @param says hears what happens
    /// @throws SuiteException if another demonstration runs there
    public OwnSuite(Path home, Consumer<String> says) {
        this.suite = Suite.demo(home);
        this.says = says;
        this.lock = suite.lock();
        this.guard = suite.killOnExit();
        this.faults = new Faults(says);
    }

    @Override
    public List<GatewayAddress> awaitReady() throws InterruptedException {
        if (!suite.state().running().isEmpty()) {
            // Left by a demonstration that was killed itself: we have the lock, so it is gone.
            suite.stop(what -> {});
        }
        suite.forget();
        suite.prepare(says);
        plans = Ports.free(ProcessPlan.standard(REGISTRIES, GATEWAYS, WORKERS));
        says.accept("starting " + REGISTRIES + " registries, " + GATEWAYS + " gateways, " + WORKERS
                + " workers on free ports");
        long startNanos = System.nanoTime();
        processes = suite.start(plans, ProcessId.current());
        suite.awaitReady(processes, READY_LIMIT, name -> {});
        says.accept(String.format(Locale.ROOT, "ready after %.1f s", (System.nanoTime() - startNanos) / 1e9));
        return processes.stream()
                .filter(process -> process.service() == Service.GATEWAY)
                .map(GatewayAddress::of)
                .toList();
    }

    @Override
    public List<AdminSite> admins() {
        return AdminSite.of(suite.state());
    }

    @Override
    public void at(double share, long underWay) throws InterruptedException {
        faults.at(share, underWay, processes);
    }

    @Override
    public List<DemoReport.Fault> faults() {
        return faults.done();
    }

    /// A killed gateway kept what it had acknowledged, and delivers it when it is back.
    @Override
    public void mend() throws InterruptedException {
        Set<String> running =
                suite.state().running().stream().map(SuiteProcess::name).collect(Collectors.toSet());
        for (ProcessPlan plan : plans) {
            if (plan.service() == Service.GATEWAY && !running.contains(plan.name())) {
                says.accept("starting " + plan.name() + " again, which has to deliver what it had acknowledged");
                suite.awaitReady(List.of(suite.startAgain(plan, plans)), READY_LIMIT, name -> {});
            }
        }
    }

    @Override
    public List<String> hints() {
        return List.of("the processes' logs are in " + suite.logs());
    }

    @Override
    public void close() throws IOException {
        guard.close();
        suite.kill();
        lock.close();
    }
}
