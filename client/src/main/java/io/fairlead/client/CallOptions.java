package io.fairlead.client;

import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How one call differs from the defaults of its client. Immutable; start from [#DEFAULTS].
///
/// @param timeout time until the deadline, above 0; null = the client's default
/// @param metadata entries that travel with the call: keys, content type, trace context, and what the
///     application adds. Keys are lower case ASCII letters, digits, `-` and `.`, at most 255 bytes
/// @param priority what is given up first where there is not room for all; a gateway may lower it
/// @param idempotent the caller's word that running the call twice does no harm: it is then repeated where it
///     may have run. See [FairleadClient]
public record CallOptions(
        @Nullable Duration timeout, Map<String, String> metadata, Priority priority, boolean idempotent) {
    private static final Duration MAX_AGE = Duration.ofDays(366);

    /// The client's default timeout, no metadata, normal priority, and not idempotent.
    public static final CallOptions DEFAULTS = new CallOptions(null, Map.of(), Priority.NORMAL, false);

    /// @throws IllegalArgumentException if a value is out of its bounds
    public CallOptions {
        if (timeout != null && !timeout.isPositive()) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: above 0)");
        }
        if (metadata.containsKey(Metadata.IDENTITY)) {
            throw new IllegalArgumentException(
                    "metadata: identity (expected: other keys; a gateway sets who the client is)");
        }
        metadata = Map.copyOf(metadata);
    }

    /// These options with another time until the deadline, above 0.
    public CallOptions withTimeout(Duration value) {
        return new CallOptions(value, metadata, priority, idempotent);
    }

    /// These options with another priority.
    public CallOptions withPriority(Priority value) {
        return new CallOptions(timeout, metadata, value, idempotent);
    }

    /// These options with the caller's word on whether running the call twice does no harm.
    public CallOptions withIdempotent(boolean value) {
        return new CallOptions(timeout, metadata, priority, value);
    }

    /// These options with an idempotency key: calls with the same key are meant to have one effect. Choose a
    /// new one for each intent, and the same one when repeating it. A call with a key whose connection is
    /// lost is repeated, and runs again only if its method is idempotent or runs once for each key.
    public CallOptions withIdempotencyKey(String key) {
        return with(Metadata.IDEMPOTENCY_KEY, key);
    }

    /// These options with an ordering key.
    public CallOptions withOrderingKey(String key) {
        return with(Metadata.ORDERING_KEY, key);
    }

    /// These options with a time before which a durable message is not delivered, 0 or more, at most a year.
    /// A message with an ordering key keeps its place: those behind it wait, too.
    public CallOptions withDeliverAfter(Duration delay) {
        return with(Metadata.DELIVER_AFTER, millis("deliverAfter", delay));
    }

    /// These options with a time after which a durable message that has not been handled expires, above 0, at
    /// most a year. Without it, the gateway's own limit holds.
    public CallOptions withExpiresAfter(Duration age) {
        if (age.isZero()) {
            throw new IllegalArgumentException("expiresAfter: 0 (expected: above 0)");
        }
        return with(Metadata.EXPIRES_AFTER, millis("expiresAfter", age));
    }

    private static String millis(String name, Duration value) {
        if (value.isNegative() || value.compareTo(MAX_AGE) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 0 to " + MAX_AGE.toDays() + " days)");
        }
        return String.valueOf(Math.max(value.toMillis(), value.isZero() ? 0 : 1));
    }

    /// These options with an affinity key: calls with the same key prefer the same worker.
    public CallOptions withAffinityKey(String key) {
        return with(Metadata.AFFINITY_KEY, key);
    }

    /// These options with the content type of the payload, such as `application/json`.
    public CallOptions withContentType(String contentType) {
        return with(Metadata.CONTENT_TYPE, contentType);
    }

    /// These options with one more metadata entry.
    public CallOptions with(String key, String value) {
        Map<String, String> entries = new LinkedHashMap<>(metadata);
        entries.put(key, value);
        return new CallOptions(timeout, entries, priority, idempotent);
    }
}
