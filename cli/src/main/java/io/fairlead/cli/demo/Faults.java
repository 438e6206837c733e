package io.fairlead.cli.demo;

import io.fairlead.cli.suite.SuiteException;
import io.fairlead.cli.suite.SuiteProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// What happens to the processes of a demonstration while traffic runs, and when.
final class Faults {
    private static final long SIGNAL_LIMIT_SECONDS = 5;
    private static final int MAX_STOPS = 200;

    /// @param share of the traffic's time, 0 to 1
    /// @param signal as `kill` takes it
    private record Planned(double share, String signal, String process) {}

    /// A worker stands still for almost half of the time; meanwhile another one and a gateway die. So at the worst one
    /// gateway and one worker of three carry everything.
    private static final List<Planned> PLAN = List.of(
            new Planned(0.2, "STOP", "worker-3"),
            new Planned(0.4, "KILL", "worker-2"),
            new Planned(0.55, "KILL", "gateway-1"),
            new Planned(0.65, "CONT", "worker-3"));

    private static final Map<String, String> WORDS = Map.of("STOP", "paused", "CONT", "continued", "KILL", "killed");

    private final Consumer<String> says;
    private final List<DemoReport.Fault> done = new ArrayList<>();

    /// @param says hears what was done
    Faults(Consumer<String> says) {
        this.says = says;
    }

    /// Does what is due.
    ///
    /// @param share of the traffic's time that is over
    /// @param underWay messages that have no answer at the moment
    /// @throws SuiteException if a process has ended by itself before
    void at(double share, long underWay, List<SuiteProcess> processes) throws InterruptedException {
        while (done.size() < PLAN.size() && PLAN.get(done.size()).share() <= share) {
            Planned next = PLAN.get(done.size());
            SuiteProcess process = processes.stream()
                    .filter(each -> each.name().equals(next.process()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no process " + next.process()));
            signal(next.signal(), process);
            if (next.signal().equals("STOP")) {
                pauseOutsideTransactions(process);
            }
            String command = "kill -" + (next.signal().equals("KILL") ? "9" : next.signal());
            done.add(new DemoReport.Fault(command, process.name(), process.id().pid(), underWay));
            says.accept(WORDS.get(next.signal()) + " " + process.name() + " (" + command + " "
                    + process.id().pid() + ") with " + underWay + " messages under way");
        }
    }

    List<DemoReport.Fault> done() {
        return List.copyOf(done);
    }

    /// The workers of a demonstration share an embedded database, in which one that stands still in a transaction
    /// would hold up all others. So it is stopped between two. Fleets have a database server, which is not stopped
    /// with a worker.
    private static void pauseOutsideTransactions(SuiteProcess process) throws InterruptedException {
        for (int i = 0;
                i < MAX_STOPS && EmbeddedDatabase.isWrittenBy(process.id().pid());
                i++) {
            signal("CONT", process);
            signal("STOP", process);
        }
    }

    private static void signal(String signal, SuiteProcess process) throws InterruptedException {
        ProcessHandle handle = process.handle()
                .orElseThrow(() -> new SuiteException(process.name() + " ended by itself; see " + process.log()));
        try {
            Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(handle.pid()))
                    .redirectErrorStream(true)
                    .start();
            if (!kill.waitFor(SIGNAL_LIMIT_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new SuiteException("kill -" + signal + " " + handle.pid() + " (" + process.name() + ") failed");
            }
        } catch (IOException e) {
            throw new SuiteException("kill cannot be started: " + e.getMessage(), e);
        }
    }
}
