package io.fairlead.systemtests.containers;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An expression that Prometheus is asked.
///
/// @param where panel, alert or recording rule that it is of
/// @param text in PromQL, without variables
public record PromExpression(String where, String text) {
    /// What stands where names of metrics do, and is none: matchers of labels, ranges, lists of labels.
    private static final Pattern NO_METRICS =
            Pattern.compile("\\{[^}]*}|\\[[^]]*]|\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

    /// A name that no bracket follows: else it is a function.
    private static final Pattern NAME = Pattern.compile("(?<![\\w:])[a-zA-Z_:][\\w:]*+(?!\\s*\\()");

    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset");

    /// The names of the metrics in it.
    public Set<String> metrics() {
        // Texts first: a matcher's may hold brackets.
        String rest = NO_METRICS.matcher(text.replaceAll("\"[^\"]*\"", "")).replaceAll(" ");
        Set<String> names = new TreeSet<>();
        Matcher name = NAME.matcher(rest);
        while (name.find()) {
            if (!WORDS.contains(name.group())) {
                names.add(name.group());
            }
        }
        return names;
    }
}
