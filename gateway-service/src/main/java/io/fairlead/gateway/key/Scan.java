package io.fairlead.gateway.key;

import io.netty.buffer.ByteBuf;

/// The part of a message that expressions look at, which bounds their time on an event loop.
///
/// @param bytes of the message, from its first
/// @param cut whether the message goes on: what reaches the end may not be all of it, and half a value is no
///     value
record Scan(ByteBuf bytes, boolean cut) {
    static final int MAX_BYTES = 64 * 1024;

    static Scan of(ByteBuf message) {
        return message.readableBytes() <= MAX_BYTES
                ? new Scan(message, false)
                : new Scan(message.slice(message.readerIndex(), MAX_BYTES), true);
    }
}
