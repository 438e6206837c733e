package io.fairlead.gateway.journal;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which messages somebody wants to see, newest first.
///
/// @param states none = all
/// @param service null = all
/// @param listener null = all
/// @param key idempotency key; null = all
/// @param beforeId only those with lower ids, for the next page; 0 = from the newest
/// @param limit 1 to 1000
public record MessageQuery(
        Set<MessageState> states,
        @Nullable String service,
        @Nullable String listener,
        @Nullable String key,
        long beforeId,
        int limit) {
    /// @throws IllegalArgumentException if the limit is out of its bounds
    public MessageQuery {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1 to 1000)");
        }
        states = Set.copyOf(states);
    }
}
