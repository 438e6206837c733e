package io.fairlead.gateway.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// What the gateway has to know of the messages of a listener: how to refuse one in the client's own
/// language, and which reply belongs to which request. Immutable and thread-safe; called on event loops, so
/// it must not block and its work must not grow faster than the message. It must take any bytes: what it
/// cannot read is null, never an exception.
public interface Dialect {

    /// Name in settings, metrics and messages, such as `hl7`.
    String name();

    /// The answer to a request that gets no reply from a worker.
    ///
    /// @param request the client's message without framing; stays the caller's, its indices are not changed
    /// @param refusal why there is no reply
    /// @param allocator makes the answer's buffer
    /// @return the answer without framing, released by the caller; null if this dialect has none for these
    ///     bytes, upon which the caller closes the connection
    @Nullable ByteBuf refuse(ByteBuf request, Refusal refusal, ByteBufAllocator allocator);

    /// Whether this dialect can say that a message was kept; if not, its listeners cannot take durable
    /// messages.
    default boolean acknowledges() {
        return false;
    }

    /// Whether [#acknowledge] knows an answer to this message once it is kept, or that none is wanted. If
    /// not, it must not be kept, but refused with `FAILED_PRECONDITION`.
    ///
    /// @param request the client's message without framing; stays the caller's, its indices are not changed
    default boolean acknowledges(ByteBuf request) {
        return acknowledges();
    }

    /// The answer to a durable message that was kept.
    ///
    /// @param request the client's message without framing; stays the caller's, its indices are not changed
    /// @param messageId the journal's name of the message
    /// @param allocator makes the answer's buffer
    default Acknowledgement acknowledge(ByteBuf request, String messageId, ByteBufAllocator allocator) {
        return Acknowledgement.Silent.IMPOSSIBLE;
    }

    /// The answer to a durable message that was not kept, or of which that is not known; as [#refuse] unless
    /// the protocol has words of its own for it.
    default Acknowledgement refuseMessage(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
        return Acknowledgement.of(refuse(request, refusal, allocator));
    }

    /// Whether messages carry keys that pair replies with requests; if not, replies leave in the order of
    /// their requests.
    default boolean correlates() {
        return false;
    }

    /// The key that the reply to this request will have, or null if there is none. Keys are compared exactly:
    /// two messages have the same one only if a client could not tell their replies apart.
    ///
    /// @param request the client's message without framing; stays the caller's, its indices are not changed
    default @Nullable String requestKey(ByteBuf request) {
        return null;
    }

    /// The key of the request that this reply answers, or null if it names none.
    ///
    /// @param reply a worker's reply without framing; stays the caller's, its indices are not changed
    default @Nullable String replyKey(ByteBuf reply) {
        return null;
    }
}
