package io.fairlead.gateway.key;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Where in a message a value stands. Immutable and thread-safe; called on event loops: it never blocks, and
/// takes time linear in the message, of which it looks at most at the first [Scan#MAX_BYTES].
interface KeyExpression {
    /// The value, or null if the message has none, or it does not end within what is looked at.
    ///
    /// @param message without framing, any bytes; stays the caller's, its indices are not changed
    @Nullable String valueIn(ByteBuf message);
}
