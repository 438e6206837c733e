package io.fairlead.systemtests.crash;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What a run has shown.
///
/// @param setting for people: engines, seed
/// @param faults how many of each kind
/// @param refusals attempts of producers that were not acknowledged
/// @param seconds of the whole run
record CrashReport(
        String setting,
        int rounds,
        Map<CrashFault, Integer> faults,
        CrashChecker.Verdict verdict,
        List<BindingBooks> books,
        Map<String, Long> acknowledgedBy,
        long refusals,
        long seconds) {
    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "setting        %s", setting);
        line(text, "rounds         %,d in %,d s", rounds, seconds);
        line(
                text,
                "faults         %,d: %s",
                faults.values().stream().mapToInt(Integer::intValue).sum(),
                faults.entrySet().stream()
                        .map(each -> each.getKey().text() + " " + each.getValue())
                        .collect(Collectors.joining(", ")));
        line(
                text,
                "acknowledged   %,d (%s)",
                verdict.acknowledged(),
                acknowledgedBy.entrySet().stream()
                        .map(each -> each.getKey() + " %,d".formatted(each.getValue()))
                        .collect(Collectors.joining(", ")));
        line(text, "given up       %,d at the end, not acknowledged", verdict.unacknowledged());
        line(text, "sent again     %,d times: refused, or without an answer", refusals);
        line(text, "effects        %,d", verdict.effects());
        line(text, "lost           %,d", verdict.lost());
        line(text, "doubled        %,d", verdict.doubled());
        line(text, "out of order   %,d", verdict.outOfOrder());
        line(text, "wrong answers  %,d", verdict.wrongAnswers());
        line(text, "set aside      %,d (dead, quarantined, expired, dropped, damaged)", verdict.setAside());
        line(text, "books          %s", verdict.wrongBooks().isEmpty() ? "balance" : verdict.wrongBooks());
        books.forEach(each -> line(text, "  %s", each));
        verdict.strange().forEach(each -> line(text, "strange        %s", each));
        verdict.examples().forEach(each -> line(text, "wrong          %s", each));
        line(text, "verdict        %s", verdict.isGood() ? "good" : "BROKEN PROMISES");
        return text.toString();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
