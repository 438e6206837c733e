package io.fairlead.gateway.key;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// `regex:/PATTERN/[GROUP]`: what a group of the first match holds. The pattern is RE2's, which takes time
/// linear in the message whatever the pattern; it sees each byte as a character of ISO 8859-1.
record RegexExpression(Pattern pattern, int group) implements KeyExpression {
    private static final int MAX_PATTERN_CHARS = 500;

    static KeyExpression of(KeyText text) {
        text.expect('/', "'/' before the pattern");
        int at = text.at();
        String source = text.upToLast('/', "'/' after the pattern; where it has a comma, write the setting as a list");
        if (source.isEmpty() || source.length() > MAX_PATTERN_CHARS) {
            throw text.wrong(at, "a pattern of 1 to " + MAX_PATTERN_CHARS + " characters");
        }
        Pattern pattern;
        try {
            pattern = Pattern.compile(source);
        } catch (PatternSyntaxException e) {
            int offset = Math.max(0, source.indexOf(e.getPattern()));
            throw text.wrong(at + offset, "a pattern of RE2, but " + e.getDescription() + ": " + e.getPattern());
        }
        int groups = pattern.groupCount();
        int group = text.atEnd() ? Math.min(groups, 1) : text.number("one of the pattern's groups", 0, groups);
        text.end("nothing more");
        return new RegexExpression(pattern, group);
    }

    @Override
    public @Nullable String valueIn(ByteBuf message) {
        Scan scan = Scan.of(message);
        String text = scan.bytes().toString(StandardCharsets.ISO_8859_1);
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find() || (scan.cut() && matcher.end() == text.length())) {
            return null;
        }
        return matcher.group(group);
    }
}
