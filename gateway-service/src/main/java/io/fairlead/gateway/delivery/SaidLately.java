package io.fairlead.gateway.delivery;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// What was logged a short while ago, so that what goes on for hours is said once a minute. Thread-safe; as many
/// entries as there are routes and kinds of work.
final class SaidLately {
    private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Map<Object, Long> saidNanos = new ConcurrentHashMap<>();

    /// Whether it is to be said now.
    boolean maySay(Object what) {
        long now = System.nanoTime();
        Long before = saidNanos.get(what);
        if (before != null && now - before < AGAIN_NANOS) {
            return false;
        }
        saidNanos.put(what, now);
        return true;
    }
}
