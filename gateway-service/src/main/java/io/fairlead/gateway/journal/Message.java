package io.fairlead.gateway.journal;

import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// A durable message as it is accepted, stored and delivered.
///
/// What the client said is immutable. The rest belongs to one thread after the other: to the store's writer
/// until the message is on disk, which gives it its id, then to the loop that delivers it.
public final class Message {
    private final Binding binding;
    private final int lane;
    private final @Nullable String key;
    private final @Nullable String orderingKey;
    private final Priority priority;
    private final long acceptedMillis;
    private final long dueMillis;
    private final long expiresMillis;
    private final long replayOf;
    private final byte[] metadata;
    private final byte[] payload;

    private long id;
    private int attempts;
    private int crashes;

    /// @param lane 0 to the store's number of lanes - 1; messages of one ordering key are in one lane
    /// @param key idempotency key, in the scope of the identity in the metadata and the service
    /// @param orderingKey messages of one ordering key and service are handled in the order of their ids; they
    ///     are of normal priority
    /// @param acceptedMillis wall clock
    /// @param dueMillis not delivered before this, wall clock; 0 = at once
    /// @param expiresMillis not delivered from this on, wall clock; 0 = never expires
    /// @param replayOf id of the message that this one repeats by somebody's wish; 0 = none
    /// @param metadata encoded, with all that a worker is to see but what changes with each attempt; not copied
    /// @param payload not copied
    public Message(
            Binding binding,
            int lane,
            @Nullable String key,
            @Nullable String orderingKey,
            Priority priority,
            long acceptedMillis,
            long dueMillis,
            long expiresMillis,
            long replayOf,
            byte[] metadata,
            byte[] payload) {
        this.binding = binding;
        this.lane = lane;
        this.key = key;
        this.orderingKey = orderingKey;
        this.priority = orderingKey == null ? priority : Priority.NORMAL;
        this.acceptedMillis = acceptedMillis;
        this.dueMillis = dueMillis;
        this.expiresMillis = expiresMillis;
        this.replayOf = replayOf;
        this.metadata = metadata;
        this.payload = payload;
    }

    /// Its number in the store, from 1; 0 until it is on disk.
    public long id() {
        return id;
    }

    /// It is in the store under this number, after so many failed attempts.
    public Message stored(long number, int failedAttempts, int crashedAttempts) {
        id = number;
        attempts = failedAttempts;
        crashes = crashedAttempts;
        return this;
    }

    public Binding binding() {
        return binding;
    }

    public int lane() {
        return lane;
    }

    public @Nullable String key() {
        return key;
    }

    public @Nullable String orderingKey() {
        return orderingKey;
    }

    public Priority priority() {
        return priority;
    }

    public long acceptedMillis() {
        return acceptedMillis;
    }

    public long dueMillis() {
        return dueMillis;
    }

    public long expiresMillis() {
        return expiresMillis;
    }

    public long replayOf() {
        return replayOf;
    }

    /// Encoded; not copied, do not change it.
    public byte[] metadata() {
        return metadata;
    }

    /// Not copied, do not change it.
    public byte[] payload() {
        return payload;
    }

    /// The state in which it is accepted: a message that has an ordering key keeps its place in the order, so
    /// it is READY and waits in front of those behind it.
    public MessageState acceptedState() {
        return dueMillis > acceptedMillis && orderingKey == null ? MessageState.DELAYED : MessageState.READY;
    }

    /// Failed attempts.
    public int attempts() {
        return attempts;
    }

    /// Failed attempts that ended with their worker.
    public int crashes() {
        return crashes;
    }

    /// An attempt has failed.
    ///
    /// @param crashed whether it ended with its worker
    public void failed(boolean crashed) {
        attempts++;
        crashes += crashed ? 1 : 0;
    }

    /// Who sent it, as the gateway found out.
    public String identity() {
        String identity = Metadata.decode(Unpooled.wrappedBuffer(metadata), 0, metadata.length)
                .get(Metadata.IDENTITY);
        return identity == null ? "" : identity;
    }
}
