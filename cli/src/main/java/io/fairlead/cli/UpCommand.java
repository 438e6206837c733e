package io.fairlead.cli;

import io.fairlead.cli.suite.Credentials;
import io.fairlead.cli.suite.Ports;
import io.fairlead.cli.suite.ProcessPlan;
import io.fairlead.cli.suite.Service;
import io.fairlead.cli.suite.Suite;
import io.fairlead.cli.suite.SuiteException;
import io.fairlead.cli.suite.SuiteProcess;
import io.fairlead.cli.suite.SuiteState;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `./fairlead up`.
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Starts registries, gateways and workers as processes of this machine, reached from this machine alone, and "
                    + "returns when they are ready. They stay until `fairlead down`.",
            "A second instance of a service takes the ports of the first + 10, a third + 20."
        })
final class UpCommand implements Callable<Integer> {
    private static final Duration READY_LIMIT = Duration.ofMinutes(3);

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final Output output = new Output();

    @Option(names = "--workers", paramLabel = "N", description = "0 to 20 (default: ${DEFAULT-VALUE}).")
    private int workers = 2;

    @Option(names = "--gateways", paramLabel = "N", description = "1 to 10 (default: ${DEFAULT-VALUE}).")
    private int gateways = 1;

    @Option(names = "--registries", paramLabel = "N", description = "1 to 10 (default: ${DEFAULT-VALUE}).")
    private int registries = 1;

    @Option(
            names = "--free-ports",
            description = "Take ports that are free instead of the usual ones, for a suite beside another.")
    private boolean freePorts;

    @Option(names = "--detach", description = "Return at once, without waiting for the processes to be ready.")
    private boolean detach;

    @Override
    public Integer call() throws Exception {
        require("--registries", registries, 1, Service.REGISTRY.most());
        require("--gateways", gateways, 1, Service.GATEWAY.most());
        require("--workers", workers, 0, Service.WORKER.most());
        Suite suite = Suite.local(Output.home());
        try (AutoCloseable _ = suite.lock()) {
            SuiteState before = suite.state();
            if (!before.running().isEmpty()) {
                return alreadyRunning(before);
            }
            List<ProcessPlan> usual = ProcessPlan.standard(registries, gateways, workers);
            List<ProcessPlan> plans = freePorts ? Ports.free(usual) : usual;
            suite.prepare(output::progress);
            output.progress("starting " + counted(plans, ProcessPlan::service));
            long startNanos = System.nanoTime();
            List<SuiteProcess> started = start(suite, plans);
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            output.progress(
                    detach
                            ? "started; `./fairlead status` says when they are ready"
                            : String.format(Locale.ROOT, "ready after %.1f s", seconds));
            show(started);
            showAdmin(started, suite.state().credentials());
            return 0;
        }
    }

    private List<SuiteProcess> start(Suite suite, List<ProcessPlan> plans) throws Exception {
        boolean done = false;
        AutoCloseable guard = suite.killOnExit();
        try {
            List<SuiteProcess> started = suite.start(plans, null);
            if (!detach) {
                suite.awaitReady(started, READY_LIMIT, name -> output.progress("  " + name + " is ready"));
            }
            done = true;
            return started;
        } catch (SuiteException e) {
            throw new SuiteException(e.getMessage() + "\nall processes were ended again", e);
        } finally {
            guard.close();
            if (!done) {
                suite.kill();
            }
        }
    }

    private int alreadyRunning(SuiteState state) {
        List<String> ended = state.processes().stream()
                .filter(process -> !process.isAlive())
                .map(SuiteProcess::name)
                .toList();
        String what = "already running: " + counted(state.running(), SuiteProcess::service);
        if (!ended.isEmpty()) {
            throw new SuiteException(
                    what + "; ended: " + String.join(", ", ended) + ". `./fairlead down`, then `./fairlead up`");
        }
        output.progress(what + "; `./fairlead down` ends it");
        show(state.running());
        return 0;
    }

    private void show(List<SuiteProcess> processes) {
        if (output.isJson()) {
            output.json(StatusCommand.report(processes, List.of()));
        } else {
            Addresses.of(processes).forEach(output::line);
        }
    }

    /// The only time that the password is shown.
    private void showAdmin(List<SuiteProcess> started, @Nullable Credentials credentials) {
        if (credentials == null) {
            return;
        }
        started.stream()
                .filter(process -> process.service() == Service.GATEWAY)
                .findFirst()
                .ifPresent(gateway -> output.progress("admin: http://127.0.0.1:" + gateway.port("http")
                        + "/admin/upstreams user " + Credentials.ADMIN + " password " + credentials.adminPassword()
                        + ", shown once"));
    }

    private void require(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(), option + ": " + value + " (expected: " + least + " to " + most + ")");
        }
    }

    private static <T> String counted(List<T> items, Function<T, Service> service) {
        return List.of(Service.values()).stream()
                .map(each -> {
                    long count = items.stream()
                            .filter(item -> service.apply(item) == each)
                            .count();
                    String plural = each == Service.REGISTRY ? "registries" : each.label() + "s";
                    return count + " " + (count == 1 ? each.label() : plural);
                })
                .collect(Collectors.joining(", "));
    }
}
