package io.fairlead.gateway.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `text`: a line made from a template, in UTF-8, where `{code}`, `{reason}` and `{service}` are filled in. What
/// is filled in has no control characters and at most [#MAX_VALUE_CHARS] characters, so it cannot break a framing
/// of lines.
final class TextDialect implements Dialect {

    static final String DEFAULT_TEMPLATE = "ERR {code} {reason}";

    private static final int MAX_VALUE_CHARS = 500;
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");

    private final List<Part> parts = new ArrayList<>();

    /// A piece of the template: fixed text, or a value of the refusal.
    private sealed interface Part {
        record Fixed(String text) implements Part {}

        enum Value implements Part {
            CODE,
            REASON,
            SERVICE
        }
    }

    /// @throws IllegalArgumentException if the template is empty or has an unknown placeholder
    TextDialect(String template) {
        if (template.isEmpty()) {
            throw new IllegalArgumentException(
                    "template: empty (expected: text, for example '" + DEFAULT_TEMPLATE + "'): set it or remove it");
        }
        Matcher matcher = PLACEHOLDER.matcher(template);
        int end = 0;
        while (matcher.find()) {
            parts.add(new Part.Fixed(template.substring(end, matcher.start())));
            parts.add(
                    switch (matcher.group(1)) {
                        case "code" -> Part.Value.CODE;
                        case "reason" -> Part.Value.REASON;
                        case "service" -> Part.Value.SERVICE;
                        default ->
                            throw new IllegalArgumentException("template: '" + template + "' has " + matcher.group()
                                    + " (expected: {code}, {reason} or {service}): correct it");
                    });
            end = matcher.end();
        }
        parts.add(new Part.Fixed(template.substring(end)));
    }

    @Override
    public String name() {
        return "text";
    }

    @Override
    public ByteBuf refuse(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            text.append(
                    switch (part) {
                        case Part.Fixed(String fixed) -> fixed;
                        case Part.Value.CODE -> Refusal.oneLine(refusal.code(), MAX_VALUE_CHARS);
                        case Part.Value.REASON -> Refusal.oneLine(refusal.reason(), MAX_VALUE_CHARS);
                        case Part.Value.SERVICE -> Refusal.oneLine(refusal.service(), MAX_VALUE_CHARS);
                    });
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        return allocator.buffer(bytes.length).writeBytes(bytes);
    }
}
