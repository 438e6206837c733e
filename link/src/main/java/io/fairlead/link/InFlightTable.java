package io.fairlead.link;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The calls in flight of a link, by id. Ids only ever rise, and most calls end soon after their neighbours, so
/// the table is a ring that an id indexes directly: one array access, and nothing to shift when a call ends. (A
/// hash table with open addressing is at its worst here: consecutive ids make one long run, and each removal
/// moves the rest of it.)
///
/// A call that is still there when the ring comes round to its place moves to a map on the side, so that one
/// long stream does not make the ring grow; the ring doubles when more than half of it is in use. Confined to
/// one thread.
///
/// @param <T> what is kept for a call
public final class InFlightTable<T> {
    private static final int FIRST_CAPACITY = 64;

    private long[] ids = new long[FIRST_CAPACITY];
    private @Nullable Object[] values = new Object[FIRST_CAPACITY];
    private final Map<Long, T> slow = new HashMap<>();
    private int inRing;

    /// Adds a call.
    ///
    /// @param id above 0 and above all that were added before
    public void put(long id, T value) {
        int slot = slot(id);
        if (values[slot] != null) {
            if (inRing > values.length / 2) {
                grow();
                put(id, value);
                return;
            }
            slow.put(ids[slot], cast(values[slot]));
            inRing--;
        }
        ids[slot] = id;
        values[slot] = value;
        inRing++;
    }

    /// The call of this id, or null.
    public @Nullable T get(long id) {
        int slot = slot(id);
        if (ids[slot] == id && values[slot] != null) {
            return cast(values[slot]);
        }
        return slow.isEmpty() ? null : slow.get(id);
    }

    /// Takes out the call of this id.
    ///
    /// @return null if it is not there
    public @Nullable T remove(long id) {
        int slot = slot(id);
        Object value = values[slot];
        if (value != null && ids[slot] == id) {
            values[slot] = null;
            inRing--;
            return cast(value);
        }
        return slow.isEmpty() ? null : slow.remove(id);
    }

    /// Calls in flight.
    public int size() {
        return inRing + slow.size();
    }

    /// Whether there are none.
    public boolean isEmpty() {
        return size() == 0;
    }

    /// All calls, in no order; a copy.
    public List<T> values() {
        List<T> all = new ArrayList<>(slow.values());
        for (Object value : values) {
            if (value != null) {
                all.add(cast(value));
            }
        }
        return all;
    }

    /// Takes out all calls that match, and returns them.
    public List<T> removeIf(Predicate<? super T> matches) {
        List<T> removed = new ArrayList<>();
        for (int slot = 0; slot < values.length; slot++) {
            Object value = values[slot];
            if (value != null && matches.test(cast(value))) {
                removed.add(cast(value));
                values[slot] = null;
                inRing--;
            }
        }
        slow.values().removeIf(value -> matches.test(value) && removed.add(value));
        return removed;
    }

    /// Takes out all calls.
    public void clear() {
        removeIf(value -> true);
    }

    private int slot(long id) {
        return (int) id & (values.length - 1);
    }

    private void grow() {
        long[] oldIds = ids;
        @Nullable Object[] oldValues = values;
        ids = new long[oldIds.length * 2];
        values = new Object[oldIds.length * 2];
        for (int i = 0; i < oldIds.length; i++) {
            if (oldValues[i] != null) {
                int slot = slot(oldIds[i]);
                ids[slot] = oldIds[i];
                values[slot] = oldValues[i];
            }
        }
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // put stores nothing but T, and callers have looked for null
    private T cast(@Nullable Object value) {
        return (T) value;
    }
}
