package io.fairlead.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.gateway.journal.Changes.End;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Messages and changes for tests of stores.
final class Sends {
    static final Binding ORDERS = new Binding("native", Route.parse("orders/place"));
    static final Binding LABS = new Binding("mllp", Route.parse("labs/receive"));
    static final Set<Integer> ALL_LANES = IntStream.range(0, 64).boxed().collect(Collectors.toSet());
    static final long NOW = 1_800_000_000_000L;

    private Sends() {}

    static Message message(String payload) {
        return message(ORDERS, null, Priority.NORMAL, payload);
    }

    static Message message(Binding binding, String key, Priority priority, String payload) {
        return new Message(binding, 3, key, null, priority, NOW, 0, 0, 0, metadata(), payload.getBytes(UTF_8));
    }

    static Message timed(long dueMillis, long expiresMillis) {
        return new Message(
                ORDERS,
                3,
                null,
                null,
                Priority.NORMAL,
                NOW,
                dueMillis,
                expiresMillis,
                0,
                metadata(),
                "timed".getBytes(UTF_8));
    }

    static byte[] metadata() {
        return Metadata.of(Map.of(Metadata.IDENTITY, "till 7")).toBytes();
    }

    static Changes accept(Message... messages) {
        return new Changes(List.of(messages), List.of(), List.of());
    }

    static Changes end(End... ends) {
        return new Changes(List.of(), List.of(ends), List.of());
    }

    static End end(Message message, MessageState from, MessageState to) {
        return new End(message.id(), message.binding(), from, to, NOW + 5, to == MessageState.DONE ? "" : "why " + to);
    }

    static Message[] messages(int count) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            messages.add(message("payload " + i));
        }
        return messages.toArray(Message[]::new);
    }

    static String text(Message message) {
        return new String(message.payload(), UTF_8);
    }

    static List<String> texts(List<Message> messages) {
        return messages.stream().map(Sends::text).toList();
    }
}
