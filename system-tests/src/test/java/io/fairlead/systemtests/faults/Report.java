package io.fairlead.systemtests.faults;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// What a run of the bench found, for people.
///
/// @param faults in the order in which they came
record Report(History history, List<InjectedFault> faults) {
    private static final int MAX_SHOWN = 10;

    List<Violation> violations() {
        return new Checker(history, faults).violations();
    }

    /// Table of the faults, then the verdict.
    String text() {
        return table() + "\n" + verdict();
    }

    private String table() {
        List<Recovery> recoveries = new ArrayList<>();
        for (int i = 0; i < faults.size(); i++) {
            long until = i + 1 < faults.size() ? faults.get(i + 1).onsetNanos() : Long.MAX_VALUE;
            recoveries.add(Recovery.of(faults.get(i), history.calls(), until));
        }
        TreeSet<String> kinds =
                history.calls().stream().map(ClientCall::kind).collect(Collectors.toCollection(TreeSet::new));
        List<String[]> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("fault", "target", "lasted", "out of choice", "joined"));
        head.addAll(kinds);
        head.add("ends other than right");
        rows.add(head.toArray(String[]::new));
        for (Recovery recovery : recoveries) {
            InjectedFault fault = recovery.fault();
            List<String> row = new ArrayList<>(List.of(
                    fault.kind().text(),
                    fault.target(),
                    TimeUnit.NANOSECONDS.toMillis(fault.healedNanos() - fault.onsetNanos()) + " ms",
                    millis(fault.outOfChoice()),
                    millis(fault.joined())));
            kinds.forEach(kind -> row.add(recovery.recoveryMillis().getOrDefault(kind, 0L) + " ms"));
            row.add(recovery.ends().isEmpty() ? "none" : recovery.ends().toString());
            rows.add(row.toArray(String[]::new));
        }
        return "Time to recover, for each kind of client, from the onset of the fault:\n" + aligned(rows);
    }

    private static String millis(OptionalLong nanos) {
        return nanos.isPresent() ? TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong()) + " ms" : "-";
    }

    private static String aligned(List<String[]> rows) {
        int[] widths = new int[rows.getFirst().length];
        rows.forEach(row -> Arrays.setAll(widths, i -> Math.max(widths[i], row[i].length())));
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                text.append(i == 0 ? "| " : " | ").append(row[i]).append(" ".repeat(widths[i] - row[i].length()));
            }
            text.append(" |\n");
        }
        return text.toString();
    }

    private String verdict() {
        List<Violation> violations = violations();
        StringBuilder text = new StringBuilder();
        long right = history.calls().stream()
                .flatMap(call -> call.end().stream())
                .filter(end -> end.outcome() == Outcome.RIGHT)
                .count();
        text.append(String.format(
                Locale.ROOT,
                "%d calls, %d right replies, %d handlers run%n",
                history.calls().size(),
                right,
                history.runs().size()));
        for (Violation.Rule rule : Violation.Rule.values()) {
            List<Violation> found =
                    violations.stream().filter(each -> each.rule() == rule).toList();
            text.append(String.format(Locale.ROOT, "%6d %s%n", found.size(), rule.text()));
            found.stream()
                    .limit(MAX_SHOWN)
                    .forEach(each -> text.append("         ")
                            .append(each.call())
                            .append(": ")
                            .append(each.what())
                            .append('\n'));
        }
        return text.toString();
    }
}
