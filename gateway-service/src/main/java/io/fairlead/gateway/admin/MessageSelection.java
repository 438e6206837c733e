package io.fairlead.gateway.admin;

import io.fairlead.gateway.journal.MessageQuery;
import io.fairlead.gateway.journal.MessageState;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which messages a request is about: its parameters.
///
/// @param state names of states, in any case; none = all
/// @param service none = all
/// @param listener none = all
/// @param key idempotency key; none = all
record MessageSelection(
        @Nullable List<String> state,
        @Nullable String service,
        @Nullable String listener,
        @Nullable String key) {
    /// @throws IllegalArgumentException if a state or the limit is none
    MessageQuery query(long beforeId, int limit) {
        return new MessageQuery(states(), service, listener, key, beforeId, limit);
    }

    /// Empty = all.
    Set<MessageState> states() {
        Set<MessageState> states = EnumSet.noneOf(MessageState.class);
        if (state != null) {
            state.forEach(name -> states.add(parse(name)));
        }
        return states;
    }

    private static MessageState parse(String name) {
        return Stream.of(MessageState.values())
                .filter(each -> each.name().equalsIgnoreCase(name.strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("state: '" + name + "' (expected: "
                        + Stream.of(MessageState.values())
                                .map(each -> each.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))
                        + ")"));
    }

    /// For the audit.
    String told() {
        return "state=" + (state == null ? "all" : String.join(",", state)) + " service=" + orAll(service)
                + " listener=" + orAll(listener) + " key=" + orAll(key);
    }

    private static String orAll(@Nullable String value) {
        return value == null ? "all" : value;
    }
}
