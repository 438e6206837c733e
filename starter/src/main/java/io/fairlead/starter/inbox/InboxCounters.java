package io.fairlead.starter.inbox;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/// What became of keys, since the start. Thread-safe.
///
/// @since 0.2
public final class InboxCounters {
    /// Not changed once made.
    private final Map<Result, LongAdder> counts = new EnumMap<>(Result.class);

    InboxCounters() {
        for (Result result : Result.values()) {
            counts.put(result, new LongAdder());
        }
    }

    /// What became of a key.
    public enum Result {
        /// Seen for the first time; the handler's transaction was committed.
        NEW,
        /// Seen before; the stored reply was given.
        DUPLICATE,
        /// Still in progress when the deadline came.
        IN_PROGRESS,
        /// Came with another payload or for another method.
        MISMATCH,
        /// Came from a former holder of its lane.
        FENCED,
        /// The handler or the commit failed; nothing was kept.
        ROLLED_BACK
    }

    /// How many.
    public long count(Result result) {
        return of(result).sum();
    }

    void add(Result result) {
        of(result).increment();
    }

    private LongAdder of(Result result) {
        return Objects.requireNonNull(counts.get(result));
    }
}
