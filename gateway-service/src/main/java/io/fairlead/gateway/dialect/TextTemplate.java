package io.fairlead.gateway.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A text with placeholders in braces. Immutable.
///
/// @param parts in turn fixed text and the name of a placeholder, beginning and ending with fixed text
record TextTemplate(List<String> parts) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");

    /// @param setting where it comes from, for messages
    /// @param placeholders those that it may have
    /// @throws IllegalArgumentException if it is empty or has an unknown placeholder
    static TextTemplate of(String setting, String template, String example, String... placeholders) {
        if (template.isEmpty()) {
            throw new IllegalArgumentException(
                    setting + ": empty (expected: text, for example '" + example + "'): set it or remove it");
        }
        List<String> known = List.of(placeholders);
        List<String> parts = new ArrayList<>();
        Matcher matcher = PLACEHOLDER.matcher(template);
        int end = 0;
        while (matcher.find()) {
            if (!known.contains(matcher.group(1))) {
                throw new IllegalArgumentException(setting + ": '" + template + "' has " + matcher.group()
                        + " (expected: "
                        + Stream.of(placeholders).map(name -> '{' + name + '}').collect(Collectors.joining(" or "))
                        + "): correct it");
            }
            parts.add(template.substring(end, matcher.start()));
            parts.add(matcher.group(1));
            end = matcher.end();
        }
        parts.add(template.substring(end));
        return new TextTemplate(List.copyOf(parts));
    }

    /// @param values gives each placeholder's value
    String fill(UnaryOperator<String> values) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            text.append(i % 2 == 0 ? parts.get(i) : values.apply(parts.get(i)));
        }
        return text.toString();
    }
}
