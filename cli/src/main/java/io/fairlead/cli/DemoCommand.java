package io.fairlead.cli;

import io.fairlead.cli.demo.Demo;
import io.fairlead.cli.demo.DemoReport;
import io.fairlead.cli.demo.DemoSuite;
import io.fairlead.cli.demo.OwnSuite;
import io.fairlead.cli.demo.RunningSuite;
import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.SuiteException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `./fairlead demo`.
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Starts a suite of its own on free ports, sends HL7, ISO 8583, line, native and durable traffic through it, "
                    + "pauses a worker, kills another one and a gateway meanwhile, and adds up: every message must get its own "
                    + "right answer, and every acknowledged durable one its effect.",
            "Ends everything it started. With --gateways it starts and ends nothing, and judges what its traffic adds to the "
                    + "books."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every message got its own right answer, and the books balance",
            "1:not so, or the suite did not start or take calls"
        })
final class DemoCommand implements Callable<Integer> {
    private static final Duration LONGEST = Duration.ofMinutes(10);

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final Output output = new Output();

    @Option(names = "--traffic", paramLabel = "TIME", description = "How long to send, 1s to 10m (default: 10s).")
    private Duration traffic = Duration.ofSeconds(10);

    @Option(
            names = "--gateways",
            paramLabel = "HOST[:PORT]",
            split = ",",
            description =
                    "Send it through a suite that runs already, and kill nothing: its gateways, with commas between "
                            + "them. PORT is that of the native listener (default: 7400); the others are as far from their defaults. "
                            + "Default: those in the environment's " + Environment.GATEWAYS
                            + ", or else a suite of its own.")
    private @Nullable List<GatewayAddress> gateways;

    @Mixin
    private final AdminAccount account = new AdminAccount();

    @Override
    public Integer call() throws Exception {
        if (traffic.compareTo(Duration.ofSeconds(1)) < 0 || traffic.compareTo(LONGEST) > 0) {
            throw new ParameterException(spec.commandLine(), "--traffic: " + traffic + " (expected: 1s to 10m)");
        }
        DemoProgress progress = new DemoProgress(output.progress());
        DemoReport report;
        List<String> hints;
        try (DemoSuite suite = suite(progress)) {
            hints = suite.hints();
            report = run(suite, progress);
        }
        if (output.isJson()) {
            output.json(report);
        } else {
            DemoSummary.of(report).forEach(output::line);
        }
        if (!report.isRight()) {
            hints.forEach(output::progress);
        }
        return report.isRight() ? 0 : 1;
    }

    private DemoSuite suite(DemoProgress progress) {
        List<GatewayAddress> running = gateways == null ? Environment.current().gateways() : gateways;
        return running.isEmpty()
                ? new OwnSuite(Output.home(), progress::says)
                : new RunningSuite(running, account.user(), account.password(), progress::says);
    }

    private DemoReport run(DemoSuite suite, DemoProgress progress) throws InterruptedException {
        try {
            return new Demo(suite, traffic, progress).run();
        } catch (SuiteException e) {
            List<String> lines = new ArrayList<>(List.of(String.valueOf(e.getMessage())));
            lines.addAll(suite.hints());
            throw new SuiteException(String.join("\n", lines), e);
        }
    }
}
