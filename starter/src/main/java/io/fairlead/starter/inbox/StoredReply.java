package io.fairlead.starter.inbox;

import io.fairlead.wire.Metadata;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// What a handler answered, as it is kept and given again.
///
/// @param payload not copied: do not change it
@SuppressWarnings("ArrayRecordComponent") // passed on and never compared
public record StoredReply(Metadata metadata, byte[] payload) {
    private static final byte[] EMPTY = {};

    /// Empty texts are kept as NULL, which takes no room.
    byte @Nullable [] metadataColumn() {
        return metadata.asMap().isEmpty() ? null : metadata.toBytes();
    }

    byte @Nullable [] payloadColumn() {
        return payload.length == 0 ? null : payload;
    }

    static StoredReply ofColumns(byte @Nullable [] metadata, byte @Nullable [] payload) {
        return new StoredReply(
                metadata == null
                        ? Metadata.EMPTY
                        : Metadata.decode(Unpooled.wrappedBuffer(metadata), 0, metadata.length),
                payload == null ? EMPTY : payload);
    }
}
