package io.fairlead.link.discovery;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fairlead.link.discovery.RegistryApi.Delta;
import io.fairlead.link.discovery.RegistryApi.Digest;
import io.fairlead.link.discovery.RegistryApi.Snapshot;
import io.fairlead.link.discovery.RegistryApi.View;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The payloads of the registry's service as JSON. Unknown fields are ignored; fields come in the order of
/// `PROTOCOL.md`. Thread-safe.
public final class DiscoveryJson {
    private static final String TYPE = "type";

    /// Missing numbers become 0 and missing texts null, which the records' own checks then name with their
    /// bounds.
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private DiscoveryJson() {}

    /// Reads a record of [RegistryApi], or an [Instance].
    ///
    /// @throws IllegalArgumentException if it is malformed or out of bounds; the message says where
    public static <T> T read(byte[] json, Class<T> type) {
        try {
            T value = MAPPER.readValue(json, type);
            if (value == null) {
                throw new IllegalArgumentException("payload: null (expected: a JSON object)");
            }
            return value;
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /// Reads what a watch brings.
    ///
    /// @throws IllegalArgumentException if it is malformed, out of bounds or of an unknown type
    public static View readView(byte[] json) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            String type = tree.path(TYPE).asString("");
            return switch (type) {
                case "snapshot" -> MAPPER.treeToValue(tree, Snapshot.class);
                case "delta" -> MAPPER.treeToValue(tree, Delta.class);
                case "digest" -> MAPPER.treeToValue(tree, Digest.class);
                default ->
                    throw new IllegalArgumentException(
                            "view type: '" + type + "' (expected: snapshot, delta or digest)");
            };
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /// Reads what an admin wants.
    ///
    /// @throws IllegalArgumentException if it is malformed, out of bounds or of an unknown type
    public static Wish readWish(byte[] json) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            String type = tree.path(TYPE).asString("");
            return switch (type) {
                case "drain" -> new Wish.Drain();
                case "resume" -> new Wish.Resume();
                case "weight" -> MAPPER.treeToValue(tree, Wish.Weight.class);
                default ->
                    throw new IllegalArgumentException("wish type: '" + type + "' (expected: drain, resume or weight)");
            };
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /// Writes a record of [RegistryApi], an [Instance] or a [Wish]; views and wishes get their type.
    public static byte[] write(Object value) {
        return switch (value) {
            case Snapshot snapshot -> typed("snapshot", snapshot);
            case Delta delta -> typed("delta", delta);
            case Digest digest -> typed("digest", digest);
            case Wish.Drain drain -> typed("drain", drain);
            case Wish.Resume resume -> typed("resume", resume);
            case Wish.Weight weight -> typed("weight", weight);
            default -> MAPPER.writeValueAsBytes(value);
        };
    }

    private static byte[] typed(String type, Object value) {
        ObjectNode typed = MAPPER.createObjectNode();
        typed.put(TYPE, type);
        typed.setAll((ObjectNode) MAPPER.valueToTree(value));
        return MAPPER.writeValueAsBytes(typed);
    }

    private static IllegalArgumentException malformed(JacksonException e) {
        if (e instanceof ValueInstantiationException && e.getCause() instanceof IllegalArgumentException bound) {
            return new IllegalArgumentException(bound.getMessage(), e);
        }
        String message = String.valueOf(e.getOriginalMessage());
        return new IllegalArgumentException(
                "payload: malformed JSON: " + (message.length() > 200 ? message.substring(0, 200) + "…" : message), e);
    }
}
