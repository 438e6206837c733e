package io.fairlead.starter.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.wire.Metadata;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;

/// Turns payloads into what methods take, and what they return into payloads. What can be looked up beforehand is, once
/// for each method. Thread-safe.
final class Payloads {
    private static final byte[] EMPTY = {};
    private static final Metadata JSON = Metadata.of(Map.of(Metadata.CONTENT_TYPE, "application/json"));

    private final ObjectMapper mapper;

    Payloads(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /// Reads a payload.
    @FunctionalInterface
    interface Reader {
        /// @param payload not kept, not changed; may be returned
        /// @throws UnreadablePayloadException if it is not what the method takes
        Object read(byte[] payload);
    }

    /// Writes what a method returned.
    ///
    /// @param metadata goes with each reply
    record Writer(Metadata metadata, Encoding encoding) {
        byte[] write(@Nullable Object value) {
            return encoding.encode(value);
        }
    }

    /// Bytes of a returned value.
    @FunctionalInterface
    interface Encoding {
        byte[] encode(@Nullable Object value);
    }

    Reader reader(ResolvableType declared) {
        Class<?> type = declared.resolve(Object.class);
        if (type == byte[].class) {
            return payload -> payload;
        }
        if (type == String.class) {
            return Payloads::text;
        }
        JavaType javaType = javaType(declared);
        ObjectReader reader = mapper.readerFor(javaType);
        String name = javaType.getRawClass().getSimpleName();
        return payload -> json(reader, name, payload);
    }

    Writer writer(ResolvableType declared) {
        Class<?> type = declared.resolve(Object.class);
        if (type == void.class || type == Void.class) {
            return new Writer(Metadata.EMPTY, value -> EMPTY);
        }
        if (type == byte[].class) {
            return new Writer(Metadata.EMPTY, value -> value == null ? EMPTY : (byte[]) value);
        }
        if (type == String.class) {
            return new Writer(Metadata.EMPTY, value -> value == null ? EMPTY : ((String) value).getBytes(UTF_8));
        }
        JavaType javaType = javaType(declared);
        // The declared type helps only where it is complete: an interface or Object is written as what it is.
        ObjectWriter writer =
                javaType.isConcrete() && !javaType.isJavaLangObject() ? mapper.writerFor(javaType) : mapper.writer();
        return new Writer(JSON, writer::writeValueAsBytes);
    }

    /// The type with all that is known of its variables, such as those of a generic class that the service extends.
    private JavaType javaType(ResolvableType type) {
        if (type.isArray()) {
            return mapper.getTypeFactory().constructArrayType(javaType(type.getComponentType()));
        }
        Class<?> raw = type.resolve(Object.class);
        if (!type.hasGenerics()) {
            return mapper.constructType(raw);
        }
        JavaType[] generics =
                Arrays.stream(type.getGenerics()).map(this::javaType).toArray(JavaType[]::new);
        return mapper.getTypeFactory().constructParametricType(raw, generics);
    }

    private static String text(byte[] payload) {
        String text = new String(payload, UTF_8);
        // Only a text with the replacement character can come from malformed bytes: all others cost one scan.
        if (text.indexOf('\uFFFD') >= 0) {
            try {
                UTF_8.newDecoder().decode(ByteBuffer.wrap(payload));
            } catch (CharacterCodingException e) {
                throw new UnreadablePayloadException("payload: is not UTF-8");
            }
        }
        return text;
    }

    private static Object json(ObjectReader reader, String type, byte[] payload) {
        Object value;
        try {
            value = reader.readValue(payload);
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            throw new UnreadablePayloadException("payload: cannot be read from JSON as " + type
                    + (at == null ? "" : ", line " + at.getLineNr() + ", column " + at.getColumnNr()));
        }
        if (value == null) {
            throw new UnreadablePayloadException("payload: null (expected: " + type + " as JSON)");
        }
        return value;
    }
}
