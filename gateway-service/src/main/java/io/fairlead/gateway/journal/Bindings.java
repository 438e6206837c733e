package io.fairlead.gateway.journal;

import io.fairlead.wire.Route;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/// Bindings and their numbers in the store, which never change. Thread-safe.
final class Bindings {
    private final Map<Binding, Integer> ids = new ConcurrentHashMap<>();
    private final Map<Integer, Binding> byId = new ConcurrentHashMap<>();

    /// The number of a binding that [#load] has found.
    @Nullable Integer id(Binding binding) {
        return ids.get(binding);
    }

    @Nullable Binding binding(int id) {
        return byId.get(id);
    }

    /// The numbers of all bindings to these services.
    List<Integer> to(Set<String> services) {
        return services.isEmpty()
                ? List.of()
                : ids.entrySet().stream()
                        .filter(entry ->
                                services.contains(entry.getKey().route().service()))
                        .map(Map.Entry::getValue)
                        .sorted()
                        .toList();
    }

    /// Adds a binding unless it is there; [#load] afterwards, when this is committed.
    static void insert(JdbcTemplate jdbc, Binding binding) {
        jdbc.update(
                "insert into fairlead_binding (listener, service, method) values (?, ?, ?) on conflict do nothing",
                binding.listener(),
                binding.route().service(),
                binding.route().method());
    }

    /// Reads all bindings.
    void load(JdbcTemplate jdbc) {
        record Row(int id, String listener, String service, String method) {}
        List<Row> rows = jdbc.query(
                "select id, listener, service, method from fairlead_binding",
                (row, number) -> new Row(row.getInt(1), row.getString(2), row.getString(3), row.getString(4)));
        for (Row row : rows) {
            Route route;
            try {
                route = new Route(row.service(), row.method());
            } catch (IllegalArgumentException e) {
                continue; // Its messages are damaged: nobody can tell where they go.
            }
            Binding binding = new Binding(row.listener(), route);
            ids.put(binding, row.id());
            byId.put(row.id(), binding);
        }
    }
}
