package io.fairlead.gateway.admin;

import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.journal.Changes;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageState;
import io.fairlead.gateway.journal.MessageView;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.ProtocolException;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Durable messages as the REST admin shows them.
final class MessageViews {
    private final Deliveries deliveries;

    MessageViews(Deliveries deliveries) {
        this.deliveries = deliveries;
    }

    /// A line of a list.
    ///
    /// @param id the journal's name of it
    /// @param number in the journal
    /// @param messageId under which it is delivered: that of its origin if it is a replay
    /// @param attempts that failed
    /// @param crashes those of them that ended with their worker
    /// @param replayOf number of the message that it repeats; null if it repeats none
    record Line(
            String id,
            long number,
            String messageId,
            MessageState state,
            String listener,
            String service,
            String method,
            @Nullable String key,
            @Nullable String orderingKey,
            String priority,
            Instant acceptedAt,
            @Nullable Instant dueAt,
            @Nullable Instant expiresAt,
            @Nullable Instant endedAt,
            String reason,
            int attempts,
            int crashes,
            long payloadBytes,
            @Nullable Long replayOf,
            List<Long> replayedAs) {}

    /// A failed attempt.
    record Attempt(int number, Instant at, String instance, String status, String reason, boolean crashed) {
        static Attempt of(Changes.FailedAttempt attempt) {
            return new Attempt(
                    attempt.number(),
                    Instant.ofEpochMilli(attempt.atMillis()),
                    attempt.instance(),
                    attempt.status(),
                    attempt.reason(),
                    attempt.crashed());
        }
    }

    /// All of a message.
    ///
    /// @param intact whether it is what was accepted
    /// @param metadata null if it cannot be read
    /// @param payload its beginning, if it is text
    /// @param payloadBase64 its beginning, if it is not
    record Whole(
            Line message,
            String identity,
            int lane,
            boolean intact,
            @Nullable Map<String, String> metadata,
            @Nullable String payload,
            @Nullable String payloadBase64,
            boolean truncated,
            List<Attempt> history) {}

    /// The journal's name of a message.
    String name(Message message) {
        return deliveries.journal().store().id() + '-' + message.id();
    }

    Line line(MessageView view) {
        Message message = view.message();
        return new Line(
                name(message),
                message.id(),
                deliveries.messageId(message),
                view.state(),
                message.binding().listener(),
                message.binding().route().service(),
                message.binding().route().method(),
                message.key(),
                message.orderingKey(),
                message.priority().name(),
                Instant.ofEpochMilli(message.acceptedMillis()),
                instant(message.dueMillis()),
                instant(message.expiresMillis()),
                instant(view.endedMillis()),
                view.reason(),
                message.attempts(),
                message.crashes(),
                view.payloadBytes(),
                message.replayOf() == 0 ? null : message.replayOf(),
                view.replayedAs());
    }

    /// @param most bytes of the payload that are shown
    Whole whole(MessageView view, int most) {
        Message message = view.message();
        Map<String, String> metadata = metadata(message);
        PayloadText payload = PayloadText.of(message.payload(), most);
        return new Whole(
                line(view),
                metadata == null ? "" : metadata.getOrDefault(Metadata.IDENTITY, ""),
                message.lane(),
                view.intact(),
                metadata,
                payload.text(),
                payload.base64(),
                payload.truncated(),
                view.history().stream().map(Attempt::of).toList());
    }

    private static @Nullable Map<String, String> metadata(Message message) {
        byte[] encoded = message.metadata();
        try {
            return Metadata.decode(Unpooled.wrappedBuffer(encoded), 0, encoded.length)
                    .asMap();
        } catch (ProtocolException e) {
            return null; // damaged, which `intact` says
        }
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }
}
