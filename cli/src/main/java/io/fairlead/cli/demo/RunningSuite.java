package io.fairlead.cli.demo;

import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.Pause;
import io.fairlead.cli.suite.SuiteException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A suite that something else runs. Its processes are not ours: nothing is done to them.
public final class RunningSuite implements DemoSuite {
    private static final Duration READY_LIMIT = Duration.ofMinutes(3);
    private static final int POLL_MILLIS = 500;

    private final List<GatewayAddress> gateways;
    private final String user;
    private final String password;
    private final Consumer<String> says;

    /// @param user of the gateways' admin
    /// @param says hears what happens
    public RunningSuite(List<GatewayAddress> gateways, String user, String password, Consumer<String> says) {
        this.gateways = List.copyOf(gateways);
        this.user = user;
        this.password = password;
        this.says = says;
    }

    @Override
    public List<GatewayAddress> awaitReady() throws InterruptedException {
        long deadline = System.nanoTime() + READY_LIMIT.toNanos();
        for (GatewayAddress gateway : gateways) {
            try (Probe probe = new Probe(gateway, AdminSite.of(gateway, user, password))) {
                await(gateway, probe, deadline);
            }
        }
        says.accept("this command kills nothing here, since it has started nothing: kill what you like meanwhile");
        return gateways;
    }

    private void await(GatewayAddress gateway, Probe probe, long deadlineNanos) throws InterruptedException {
        String said = "";
        for (Optional<String> complaint = probe.complaint(); complaint.isPresent(); complaint = probe.complaint()) {
            String why = complaint.get();
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new SuiteException(
                        gateway + " does not take calls within " + READY_LIMIT.toSeconds() + " s: " + why
                                + " (expected: a gateway's native listener, its other ports as far from their defaults as it is "
                                + "from 7400, and workers with echo, cards, hl7 and orders)");
            }
            if (!said.equals(why)) {
                says.accept("waiting for " + gateway + ": " + why);
                said = why;
            }
            Pause.millis(POLL_MILLIS);
        }
        says.accept(gateway + " takes calls");
    }

    @Override
    public List<AdminSite> admins() {
        return gateways.stream()
                .map(gateway -> AdminSite.of(gateway, user, password))
                .toList();
    }

    @Override
    public void at(double share, long underWay) {
        // Whoever runs it does.
    }

    @Override
    public List<DemoReport.Fault> faults() {
        return List.of();
    }

    @Override
    public void mend() {
        // Whoever runs it does; the books are waited for.
    }

    @Override
    public List<String> hints() {
        return List.of();
    }

    @Override
    public void close() {
        // It goes on.
    }
}
