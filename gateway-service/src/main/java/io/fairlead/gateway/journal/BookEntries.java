package io.fairlead.gateway.journal;

import java.util.LinkedHashMap;
import java.util.Map;

/// What one transaction enters into the books.
final class BookEntries {
    /// Columns of `fairlead_books` behind owner and binding.
    static final String[] COLUMNS = {
        "accepted", "done", "dead", "quarantined", "expired", "dropped", "damaged", "last_id"
    };

    private static final int LAST_ID = COLUMNS.length - 1;

    private final Map<Binding, long[]> byBinding = new LinkedHashMap<>();

    void accepted(Binding binding, long id) {
        long[] values = of(binding);
        values[0]++;
        values[LAST_ID] = Math.max(values[LAST_ID], id);
    }

    void moved(Binding binding, MessageState from, MessageState to) {
        long[] values = of(binding);
        if (!from.isInFlight()) {
            values[column(from)]--;
        }
        if (!to.isInFlight()) {
            values[column(to)]++;
        }
    }

    /// By binding, the values to add to [#COLUMNS]; the last one is not added, it is the highest id.
    Map<Binding, long[]> byBinding() {
        return byBinding;
    }

    /// Inserts a row of the books, or adds to it.
    static String upsert() {
        StringBuilder sql = new StringBuilder("insert into fairlead_books (owner, binding_id, ")
                .append(String.join(", ", COLUMNS))
                .append(") values (?, ?")
                .append(", ?".repeat(COLUMNS.length))
                .append(") on conflict (owner, binding_id) do update set ");
        for (int i = 0; i < LAST_ID; i++) {
            sql.append(COLUMNS[i] + " = fairlead_books." + COLUMNS[i] + " + excluded." + COLUMNS[i] + ", ");
        }
        return sql.append("last_id = case when excluded.last_id > fairlead_books.last_id then excluded.last_id"
                        + " else fairlead_books.last_id end")
                .toString();
    }

    private long[] of(Binding binding) {
        return byBinding.computeIfAbsent(binding, b -> new long[COLUMNS.length]);
    }

    private static int column(MessageState state) {
        return switch (state) {
            case DONE -> 1;
            case DEAD -> 2;
            case QUARANTINED -> 3;
            case EXPIRED -> 4;
            case DROPPED -> 5;
            case DAMAGED -> 6;
            case READY, DELAYED -> throw new IllegalArgumentException("state: " + state + " (expected: an end)");
        };
    }
}
