package io.fairlead.gateway.framing;

import io.netty.buffer.ByteBuf;

/// A way to cut a stream of bytes into messages, and to put a message back into a stream. Immutable and
/// thread-safe: one instance serves all connections of all listeners that name it.
public interface Framing {

    /// Name in settings, metrics and messages, such as `mllp`.
    String name();

    /// A decoder for one connection.
    ///
    /// @param maxMessageBytes the longest message that is taken, without its framing; 1 to
    ///     [FrameDecoder#MAX_MESSAGE_BYTES]
    FrameDecoder newDecoder(int maxMessageBytes);

    /// Bytes that [#encode] adds at most; for sizing its buffer, not a limit.
    int overheadBytes();

    /// Writes one message with its framing.
    ///
    /// @param payload the message; stays the caller's, its indices are not changed
    /// @param out where the bytes are appended; stays the caller's
    /// @throws FramingException if the payload cannot be carried, for example because it contains the terminator
    ///     or is too long for the length header; nothing has been written then
    void encode(ByteBuf payload, ByteBuf out);
}
