package io.fairlead.cli;

import io.fairlead.cli.demo.Books;
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
            "Starts a suite of its own on free ports, sends HL7, ISO 8583, line, native and durable traffic through it, "
                    + "pauses a worker, kills another one and a gateway meanwhile, and adds up: every message must get its own "
                    + "right answer, and every acknowledged durable one its effect.",
            "Ends everything it started."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every message got its own right answer, and the books balance",
            "1:not so, or the suite did not start"
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
            suite.forget();
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
                "While traffic ran: %s. %,d messages a second were answered.",
                String.join(
                        ", ", report.faults().stream().map(DemoCommand::told).toList()),
                Math.round(total.answered() / report.seconds())));
        verdict.add(String.format(
                Locale.ROOT,
                "Foreign connections that had to reconnect: %d. Repeats by clients: %d, each because its connection had ended"
                        + " or its answer",
                report.reconnects(),
                total.repeated()));
        verdict.add("said that it may have run (UNKNOWN, 39=96: cards are asked again as 0101). Nothing was repeated"
                + " in silence.");
        verdict.add(books(report.books()));
        verdict.add(
                report.isRight()
                        ? "VERDICT: every message got its own right answer."
                        : report.areAnswersRight()
                                ? "VERDICT: the books of the durable messages are NOT right."
                                : "VERDICT: NOT every message got its own right answer.");
        return verdict;
    }

    private static String books(Books books) {
        return String.format(
                Locale.ROOT,
                "Books of %d gateways: accepted %,d = done %,d + dead and the like %,d + in flight %,d; acknowledged %,d,"
                        + " lost %,d.%s",
                books.gateways(),
                books.accepted(),
                books.done(),
                books.aside(),
                books.inFlight(),
                books.acknowledged(),
                books.lost(),
                books.trouble().isEmpty() ? "" : " " + books.trouble());
    }

    private static String told(DemoReport.Fault fault) {
        return fault.what() + " " + fault.process();
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
