package io.fairlead.gateway.listener;

import io.fairlead.gateway.delivery.Intake;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads what a native client says of a durable message: keys and times from its metadata.
final class SentMessage {
    private static final List<String> GATEWAYS_OWN = List.of(Metadata.MESSAGE_ID, Metadata.ATTEMPT, Metadata.FENCE);

    private SentMessage() {}

    /// @param buf holds the REQUEST at `at`
    /// @param added encoded metadata of the gateway's
    /// @throws IllegalArgumentException if a time is malformed, or the metadata has what gateways alone set
    /// @throws io.fairlead.wire.ProtocolException if the metadata is malformed: once it is kept, no worker
    ///     could take it
    static Intake.Content read(ByteBuf buf, int at, byte[] added) {
        int index = Frames.metadataIndex(buf, at);
        int length = Frames.metadataLength(buf, at);
        Metadata metadata = Metadata.decode(buf, index, length);
        for (String key : GATEWAYS_OWN) {
            if (metadata.get(key) != null) {
                throw new IllegalArgumentException("metadata: '" + key + "', which only gateways set");
            }
        }
        String deliverAfter = metadata.get(Metadata.DELIVER_AFTER);
        String expiresAfter = metadata.get(Metadata.EXPIRES_AFTER);
        int payloadIndex = index + length;
        return new Intake.Content(
                metadata.get(Metadata.IDEMPOTENCY_KEY),
                metadata.get(Metadata.ORDERING_KEY),
                millis(Metadata.DELIVER_AFTER, deliverAfter),
                millis(Metadata.EXPIRES_AFTER, expiresAfter),
                deliverAfter == null && expiresAfter == null
                        ? joined(added, buf, index, length)
                        : withoutTimes(added, metadata),
                ByteBufUtil.getBytes(buf, payloadIndex, at + Frames.size(buf, at) - payloadIndex));
    }

    private static long millis(String key, @Nullable String text) {
        if (text == null) {
            return 0;
        }
        try {
            long millis = Long.parseLong(text);
            if (millis >= 0) {
                return millis;
            }
        } catch (NumberFormatException e) {
            throw malformed(key, text, e);
        }
        throw malformed(key, text, null);
    }

    private static IllegalArgumentException malformed(String key, String text, @Nullable Exception cause) {
        return new IllegalArgumentException(key + ": '" + text + "' (expected: milliseconds, 0 or above)", cause);
    }

    private static byte[] joined(byte[] added, ByteBuf buf, int index, int length) {
        byte[] all = new byte[added.length + length];
        System.arraycopy(added, 0, all, 0, added.length);
        buf.getBytes(index, all, added.length, length);
        return all;
    }

    /// They are the journal's affair.
    private static byte[] withoutTimes(byte[] added, Metadata metadata) {
        Map<String, String> left = new LinkedHashMap<>(metadata.asMap());
        left.remove(Metadata.DELIVER_AFTER);
        left.remove(Metadata.EXPIRES_AFTER);
        byte[] rest = Metadata.of(left).toBytes();
        byte[] all = new byte[added.length + rest.length];
        System.arraycopy(added, 0, all, 0, added.length);
        System.arraycopy(rest, 0, all, added.length, rest.length);
        return all;
    }
}
