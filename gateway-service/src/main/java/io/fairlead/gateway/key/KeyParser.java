package io.fairlead.gateway.key;

import io.fairlead.gateway.dialect.Iso8583Layout;
import io.fairlead.gateway.dialect.Iso8583Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes keys from the texts of settings: `KIND:...`, or `KIND?:...` for a value that may be missing.
final class KeyParser {
    private static final String KINDS = "hl7, iso8583, regex, bytes or json";

    private static final Map<String, String> EXAMPLES = Map.of(
            "hl7", "hl7:MSH-10",
            "iso8583", "iso8583:11",
            "regex", "regex:/ID=(\\w+)/1",
            "bytes", "bytes:0-8",
            "json", "json:/order/id");

    /// What makes a message of a protocol the same message when it is repeated. Trace numbers (11) wrap, so
    /// the time of transmission (7) is needed; not every client names itself in MSH-3, 32 or 41.
    private static final Map<String, List<String>> PRESETS = Map.of(
            "hl7",
            List.of("hl7:MSH-10", "hl7?:MSH-3"),
            "iso8583",
            List.of("iso8583:mti", "iso8583:7", "iso8583:11", "iso8583?:32", "iso8583?:41"));

    private final Iso8583Layout layout;

    /// @throws IllegalArgumentException if the formats of fields are wrong
    KeyParser(Iso8583Settings iso8583) {
        this.layout = new Iso8583Layout(iso8583);
    }

    /// @param setting for messages, such as `keys.ordering`
    /// @param presets whether names of presets are known, too
    /// @return null if there are no texts
    /// @throws IllegalArgumentException with setting, place and example
    @Nullable MessageKey parse(String setting, List<String> texts, boolean presets) {
        List<MessageKey.Part> parts = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            String place = setting + "[" + i + "]";
            String text = texts.get(i).strip();
            List<String> preset = presets ? PRESETS.get(text) : null;
            for (String expression : preset == null ? List.of(text) : preset) {
                parts.add(part(place, expression, presets));
            }
        }
        if (!parts.isEmpty() && parts.stream().allMatch(MessageKey.Part::optional)) {
            throw new IllegalArgumentException(setting + ": " + texts
                    + " (expected: at least one expression without '?', or all messages could have the same key):"
                    + " remove a '?'");
        }
        return parts.isEmpty() ? null : new MessageKey(parts);
    }

    private MessageKey.Part part(String setting, String text, boolean presets) {
        int colon = text.indexOf(':');
        boolean optional = colon > 0 && text.charAt(colon - 1) == '?';
        String kind = colon < 0 ? text : text.substring(0, optional ? colon - 1 : colon);
        String example = colon < 0 ? null : EXAMPLES.get(kind);
        if (example == null) {
            throw new KeyText(setting, text, 0, "hl7:MSH-10 or json:/order/id")
                    .wrong(0, KINDS + ", and ':'" + (presets ? ", or the preset hl7 or iso8583" : ""));
        }
        KeyText rest = new KeyText(setting, text, colon + 1, example);
        KeyExpression expression = switch (kind) {
            case "hl7" -> Hl7Expression.of(rest);
            case "iso8583" -> Iso8583Expression.of(rest, layout);
            case "regex" -> RegexExpression.of(rest);
            case "bytes" -> BytesExpression.of(rest);
            default -> JsonExpression.of(rest);
        };
        return new MessageKey.Part(text, expression, optional);
    }
}
