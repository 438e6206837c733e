package io.fairlead.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/// Reads times as people type them.
final class Durations {
    private static final Pattern NOTATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)?");

    private Durations() {}

    /// @param text a number and `ms`, `s`, `m` or `h`; without a unit seconds. Above 0
    static Duration parse(String text) {
        Matcher matcher = NOTATION.matcher(text.strip());
        Duration duration = Duration.ZERO;
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            duration = switch (matcher.group(2) == null ? "s" : matcher.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofSeconds(number);
            };
        }
        if (duration.isZero()) {
            throw new TypeConversionException("'" + text + "' (expected: a time above 0, such as 500ms, 2s or 1m)");
        }
        return duration;
    }
}
