package io.fairlead.gateway.key;

import io.fairlead.gateway.dialect.Iso8583Settings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Which keys a listener reads from its messages, `fairlead.gateway.listeners.<name>.keys.*`. Each is a list
/// of expressions:
///
/// | expression | value |
/// | --- | --- |
/// | `hl7:MSH-10`, `hl7:PID-3.1`, `hl7:PID-3.4.2` | field, component or subcomponent of the first segment of that name,
/// of its first repetition |
/// | `iso8583:mti` | message type without its repeat digit: 0101 reads as 0100 |
/// | `iso8583:11` | content of a field |
/// | `regex:/ID=(\w+)/1` | group 1 of the first match (RE2 syntax, a character a byte); group 0 is the whole match |
/// | `bytes:0-8`, `bytes:0-8:hex` | bytes 0 to 7 (the last number is not included), as ISO 8859-1 or in hexadecimal |
/// | `json:/order/id` | text, number or truth value by JSON pointer |
///
/// With `?` after the kind (`hl7?:MSH-3`) a value may be missing; without, a message that lacks it has no
/// key. A value of blanks or zero bytes is missing. Expressions look at the first 64 KiB of a message.
///
/// @param idempotency by which a message and its repeats have one effect, at methods that are `once`; or a
///     preset: hl7 (MSH-10, and MSH-3 if it is there), iso8583 (message type, 7, 11, and 32 and 41 if they
///     are there)
/// @param ordering messages with the same one are applied in their order
/// @param correlation for replies: correlated; what pairs a reply with its request, instead of what the
///     dialect knows
/// @param correlationReply where the same value stands in replies; default as correlation
/// @param identity who of a listener's clients has sent a message, as part of the identity that workers see:
///     `listener/value`. Keys of different identities never meet
/// @param required whether a message without idempotency key is refused
public record KeyProperties(
        @DefaultValue List<String> idempotency,
        @DefaultValue List<String> ordering,
        @DefaultValue List<String> correlation,
        @DefaultValue List<String> correlationReply,
        @DefaultValue List<String> identity,
        @DefaultValue("false") boolean required) {
    /// Copies the lists.
    public KeyProperties {
        idempotency = List.copyOf(idempotency);
        ordering = List.copyOf(ordering);
        correlation = List.copyOf(correlation);
        correlationReply = List.copyOf(correlationReply);
        identity = List.copyOf(identity);
    }

    /// Whether nothing is set.
    public boolean isEmpty() {
        return idempotency.isEmpty()
                && ordering.isEmpty()
                && correlation.isEmpty()
                && correlationReply.isEmpty()
                && identity.isEmpty()
                && !required;
    }

    /// What is read from each message; null if that is nothing.
    ///
    /// @param listener its name
    /// @param iso8583 how its messages are laid out, if they are of ISO 8583
    /// @throws IllegalArgumentException if an expression is wrong; the message has its place and an example
    public @Nullable MessageKeys messageKeys(String listener, Iso8583Settings iso8583) {
        if (required && idempotency.isEmpty()) {
            throw new IllegalArgumentException("keys.required: true (expected: false without keys.idempotency):"
                    + " say where the key stands, for example keys.idempotency: hl7:MSH-10");
        }
        if (idempotency.isEmpty() && ordering.isEmpty() && identity.isEmpty()) {
            return null;
        }
        KeyParser parser = new KeyParser(iso8583);
        return new MessageKeys(
                listener,
                parser.parse("keys.idempotency", idempotency, true),
                parser.parse("keys.ordering", ordering, false),
                parser.parse("keys.identity", identity, false),
                required);
    }

    /// What pairs replies with requests; null if that is left to the dialect.
    ///
    /// @throws IllegalArgumentException if an expression is wrong; the message has its place and an example
    public @Nullable Correlation correlation(Iso8583Settings iso8583) {
        KeyParser parser = new KeyParser(iso8583);
        MessageKey request = parser.parse("keys.correlation", correlation, false);
        MessageKey reply = parser.parse("keys.correlation-reply", correlationReply, false);
        if (request == null && reply != null) {
            throw new IllegalArgumentException("keys.correlation-reply: " + correlationReply
                    + " (expected: none without keys.correlation): say where the key stands in requests");
        }
        return request == null ? null : new Correlation(request, reply == null ? request : reply);
    }
}
