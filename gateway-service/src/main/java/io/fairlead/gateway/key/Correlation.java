package io.fairlead.gateway.key;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// How a listener's settings pair replies with requests, instead of its dialect. Immutable and thread-safe.
public final class Correlation {
    private final MessageKey request;
    private final MessageKey reply;

    Correlation(MessageKey request, MessageKey reply) {
        this.request = request;
        this.reply = reply;
    }

    /// The key that the reply to this request will have, or null if there is none.
    public @Nullable String requestKey(ByteBuf message) {
        return request.of(message);
    }

    /// The key of the request that this reply answers, or null if it names none.
    public @Nullable String replyKey(ByteBuf message) {
        return reply.of(message);
    }
}
