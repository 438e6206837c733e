package io.fairlead.cli;

import io.fairlead.cli.demo.Demo;
import io.fairlead.cli.demo.DemoReport;
import io.fairlead.cli.suite.Suite;
import io.fairlead.cli.suite.SuiteException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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
            "Starts a suite of its own on free ports, sends HL7, ISO 8583, line and native traffic through it, kills a worker "
                    + "in the middle, and adds up: every message must get its own right answer.",
            "Ends everything it started."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:every message got its own right answer", "1:not so, or the suite did not start"})
final class DemoCommand implements Callable<Integer> {
    private static final Duration LONGEST = Duration.ofMinutes(10);

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--traffic",
            paramLabel = "TIME",
            description = "How long to send, 1s to 10m; a worker is killed at half of it (default: 10s).")
    private Duration traffic = Duration.ofSeconds(10);

    @Override
    public Integer call() throws Exception {
        if (traffic.compareTo(Duration.ofSeconds(1)) < 0 || traffic.compareTo(LONGEST) > 0) {
            throw new ParameterException(spec.commandLine(), "--traffic: " + traffic + " (expected: 1s to 10m)");
        }
        Suite suite = Suite.demo(Output.home());
        try (AutoCloseable _ = suite.lock()) {
            if (!suite.state().running().isEmpty()) {
                // Left by a demonstration that was killed itself: we have the lock, so it is gone.
                suite.stop(what -> {});
            }
            DemoReport report = run(suite);
            show(report);
            if (!report.isRight()) {
                output.progress("the processes' logs are in " + suite.logs());
            }
            return report.isRight() ? 0 : 1;
        }
    }

    private DemoReport run(Suite suite) throws Exception {
        AutoCloseable guard = suite.killOnExit();
        try {
            return new Demo(suite, traffic, new DemoProgress(output.progress())).run();
        } catch (SuiteException e) {
            throw new SuiteException(e.getMessage() + "\nthe processes' logs are in " + suite.logs(), e);
        } finally {
            guard.close();
            suite.kill();
        }
    }

    private void show(DemoReport report) {
        if (output.isJson()) {
            output.json(report);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("", "sent", "answered", "wrong", "failed", "unknown", "repeated", "p50", "p99"));
        report.lines().forEach(line -> rows.add(row(line)));
        rows.add(row(report.total()));
        output.line("");
        Table.ofFigures(rows).forEach(output::line);
        output.line("");
        report.examples().forEach(example -> output.line("  " + example));
        verdict(report).forEach(output::line);
    }

    private static List<String> verdict(DemoReport report) {
        List<String> verdict = new ArrayList<>();
        DemoReport.Line total = report.total();
        verdict.add(String.format(
                Locale.ROOT,
                "%s was killed (kill -9) in the middle, with %d messages under way; %,d a second were answered.",
                report.killed(),
                report.underWay(),
                Math.round(total.answered() / report.seconds())));
        if (total.repeated() > 0) {
            verdict.add(String.format(
                    Locale.ROOT,
                    "Repeats: %d. Card authorizations that had been written to it may have run and are not idempotent: they "
                            + "were",
                    total.repeated()));
            verdict.add(
                    "answered 96 (may have run), and the terminal asked again (0101). Nothing was repeated in silence.");
        } else {
            verdict.add("No repeats: no card authorization was at the worker in that instant.");
        }
        verdict.add(
                report.isRight()
                        ? "VERDICT: every message got its own right answer."
                        : "VERDICT: NOT every message got its own right answer.");
        return verdict;
    }

    private static List<String> row(DemoReport.Line line) {
        return List.of(
                line.protocol(),
                number(line.sent()),
                number(line.answered()),
                number(line.wrong()),
                number(line.failed()),
                number(line.unknown()),
                number(line.repeated()),
                millis(line.p50Micros()),
                millis(line.p99Micros()));
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String millis(long micros) {
        return String.format(Locale.ROOT, "%.1f ms", micros / 1000.0);
    }
}
