package io.fairlead.gateway.dialect;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What the client of a durable message hears of it.
public sealed interface Acknowledgement {
    /// An answer.
    ///
    /// @param buf without framing; released by who takes it
    record Answer(ByteBuf buf) implements Acknowledgement {}

    /// No answer.
    enum Silent implements Acknowledgement {
        /// The client has asked for none: the next message follows.
        NOT_WANTED,
        /// The dialect has none for these bytes: the connection is closed.
        IMPOSSIBLE
    }

    /// The answer, or [Silent#IMPOSSIBLE] if it is null.
    static Acknowledgement of(@Nullable ByteBuf answer) {
        return answer == null ? Silent.IMPOSSIBLE : new Answer(answer);
    }
}
