package io.fairlead.gateway.key;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.filter.FilteringParserDelegate;
import tools.jackson.core.filter.JsonPointerBasedFilter;
import tools.jackson.core.filter.TokenFilter.Inclusion;
import tools.jackson.core.json.JsonFactory;

/// `json:/POINTER`: a text, number or truth value by its JSON pointer (RFC 6901), as it is written. Nothing
/// is read behind it, so a message that is broken further on has a key all the same; of names that appear
/// twice the first counts.
record JsonExpression(JsonPointer pointer) implements KeyExpression {
    /// Names come from clients, so they are not kept.
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
            .build();

    static KeyExpression of(KeyText text) {
        int at = text.at();
        String pointer = text.rest();
        if (!pointer.startsWith("/")) {
            throw text.wrong(at, "a JSON pointer, which begins with '/'");
        }
        return new JsonExpression(JsonPointer.compile(pointer));
    }

    @Override
    public @Nullable String valueIn(ByteBuf message) {
        InputStream in = new ByteBufInputStream(Scan.of(message).bytes().duplicate());
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), in);
                JsonParser filtered = new FilteringParserDelegate(
                        parser, new JsonPointerBasedFilter(pointer), Inclusion.ONLY_INCLUDE_ALL, false)) {
            JsonToken token = filtered.nextToken();
            if (token == null) {
                return null;
            }
            return switch (token) {
                case VALUE_STRING, VALUE_TRUE, VALUE_FALSE -> parser.getString();
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                    String number = parser.getString();
                    // At the end of what is looked at it may be half a number: only what follows tells.
                    yield parser.nextToken() == null ? null : number;
                }
                default -> null;
            };
        } catch (JacksonException e) {
            // Not JSON up to there.
            return null;
        }
    }
}
