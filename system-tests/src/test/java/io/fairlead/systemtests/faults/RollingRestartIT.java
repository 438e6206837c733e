package io.fairlead.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.systemtests.nodes.Folders;
import io.fairlead.systemtests.nodes.LoopbackHosts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every worker and then every gateway is restarted by SIGTERM, one after the other, under load.
class RollingRestartIT {
    private final Path folder = Path.of(
                    System.getProperty("fairlead.root"), "system-tests", "target", "rolling-restart")
            .normalize();

    @Test
    void noNativeCallFailsAndNoWorkerCostsAForeignConnection() {
        Folders.empty(folder);
        List<InjectedFault> restarts = new ArrayList<>();
        long gatewaysOnset;
        try (Fleet fleet = new Fleet(new LoopbackHosts(), folder, false)) {
            try {
                fleet.start();
                fleet.startClients();
                fleet.awaitReplies();
                for (String worker : Fleet.workerNames()) {
                    fleet.process(worker).terminate(FaultInjector.STOP_LIMIT);
                    fleet.startWorker(worker);
                    fleet.awaitWhole();
                }
                gatewaysOnset = System.nanoTime();
                for (String gateway : Fleet.gatewayNames()) {
                    long onset = System.nanoTime();
                    fleet.process(gateway).terminate(FaultInjector.STOP_LIMIT);
                    fleet.startGateway(gateway);
                    fleet.awaitWhole();
                    restarts.add(InjectedFault.of(FaultKind.RESTART_GATEWAY, gateway, onset, System.nanoTime()));
                }
                fleet.stopClients();
            } catch (RuntimeException e) {
                System.err.println(fleet.logTails());
                throw e;
            }
        }
        Report report = new Report(History.read(folder), restarts);
        System.out.println(report.text());
        List<ClientCall> failed = report.history().calls().stream()
                .filter(call -> !call.end()
                        .filter(end -> end.outcome() == Outcome.RIGHT)
                        .isPresent())
                .toList();
        assertThat(failed)
                .as("calls of native clients that failed")
                .noneMatch(call -> call.kind().startsWith("native"));
        assertThat(failed)
                .as("calls that failed while workers were restarted, closed connections among them")
                .noneMatch(call -> call.end().isEmpty() || call.end().get().atNanos() - gatewaysOnset < 0);
        // A gateway's foreign clients lose their connections with it, and nothing else happens to them.
        assertThat(report.violations()).isEmpty();
    }
}
