package io.fairlead.systemtests.kubernetes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/// An object of a manifest that is read field by field, and must have been read whole at the end: what nobody
/// asked for is what nobody knows how to translate.
final class Fields {
    private final String path;
    private final Map<String, Object> left;
    private final List<Fields> children = new ArrayList<>();

    /// @param path for messages
    Fields(String path, Map<String, Object> tree) {
        this.path = path;
        this.left = new LinkedHashMap<>(tree);
    }

    String path() {
        return path;
    }

    boolean has(String name) {
        return left.containsKey(name);
    }

    Optional<String> text(String name) {
        return take(name).map(Object::toString);
    }

    String needText(String name) {
        return text(name).orElseThrow(() -> missing(name));
    }

    long needNumber(String name) {
        return take(name).map(value -> ((Number) value).longValue()).orElseThrow(() -> missing(name));
    }

    /// An object; an empty one where there is none.
    Fields object(String name) {
        return child(path + "." + name, take(name).orElse(Map.of()));
    }

    List<Fields> objects(String name) {
        List<Fields> objects = new ArrayList<>();
        for (Object item : list(name)) {
            objects.add(child(path + "." + name + "[" + objects.size() + "]", item));
        }
        return objects;
    }

    List<String> texts(String name) {
        return list(name).stream().map(Object::toString).toList();
    }

    /// An object whose fields are names that the user chose.
    Map<String, String> names(String name) {
        Map<String, String> names = new TreeMap<>();
        take(name)
                .ifPresent(value ->
                        ((Map<?, ?>) value).forEach((key, item) -> names.put(String.valueOf(key), item.toString())));
        return names;
    }

    /// A field that is translated into nothing, if it has this value.
    void expect(String name, Object value) {
        Object found = left.remove(name);
        if (!Objects.equals(found, value)) {
            throw new UntranslatableException(path + "." + name + ": " + found + " (expected: " + value + ")");
        }
    }

    /// Fields that mean nothing to a single machine without an API server.
    void ignore(String... names) {
        List.of(names).forEach(left::remove);
    }

    /// @throws UntranslatableException if a field is left, here or deeper
    void end() {
        left.keySet().forEach(name -> {
            throw new UntranslatableException(path + "." + name + ": nobody knows how Docker should do that");
        });
        children.forEach(Fields::end);
    }

    private List<?> list(String name) {
        return (List<?>) take(name).orElse(List.of());
    }

    private Optional<Object> take(String name) {
        return Optional.ofNullable(left.remove(name));
    }

    @SuppressWarnings("unchecked") // keys of objects are strings
    private Fields child(String at, Object tree) {
        Fields child = new Fields(at, (Map<String, Object>) tree);
        children.add(child);
        return child;
    }

    private UntranslatableException missing(String name) {
        return new UntranslatableException(path + "." + name + ": missing (expected: a value)");
    }
}
