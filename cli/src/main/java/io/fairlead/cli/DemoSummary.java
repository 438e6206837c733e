package io.fairlead.cli;

import io.fairlead.cli.demo.Books;
import io.fairlead.cli.demo.DemoReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a demonstration found, for people.
final class DemoSummary {
    private DemoSummary() {}

    static List<String> of(DemoReport report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("", "sent", "answered", "wrong", "failed", "unknown", "repeated", "p50", "p99"));
        report.lines().forEach(line -> rows.add(row(line)));
        rows.add(row(report.total()));
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.addAll(Table.ofFigures(rows));
        lines.add("");
        report.examples().forEach(example -> lines.add("  " + example));
        lines.addAll(verdict(report));
        return lines;
    }

    private static List<String> verdict(DemoReport report) {
        List<String> verdict = new ArrayList<>();
        DemoReport.Line total = report.total();
        verdict.add(String.format(
                Locale.ROOT,
                "While traffic ran: %s. %,d messages a second were answered.",
                faults(report.faults()),
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

    private static String faults(List<DemoReport.Fault> faults) {
        return faults.isEmpty()
                ? "no faults of this command's"
                : String.join(
                        ", ",
                        faults.stream()
                                .map(fault -> fault.what() + " " + fault.process())
                                .toList());
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
