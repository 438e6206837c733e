package io.fairlead.gateway.key;

import io.fairlead.wire.Metadata;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The keys that a listener reads from each message. Immutable and thread-safe; never blocks, never throws.
public final class MessageKeys {
    private static final byte[] IDEMPOTENCY_NAME = name(Metadata.IDEMPOTENCY_KEY);
    private static final byte[] ORDERING_NAME = name(Metadata.ORDERING_KEY);
    private static final byte[] IDENTITY_NAME = name(Metadata.IDENTITY);

    private final String listener;
    private final @Nullable MessageKey idempotency;
    private final @Nullable MessageKey ordering;
    private final @Nullable MessageKey identity;
    private final boolean required;

    /// What one message has.
    ///
    /// @param idempotencyKey null = none
    /// @param orderingKey null = none
    /// @param identity the listener's name, with `/` and what the message says if it says who its client is
    public record Extracted(
            @Nullable String idempotencyKey, @Nullable String orderingKey, String identity) {
        /// All of it as encoded metadata.
        ///
        /// @param before encoded entries to go before it, none of which is one of these
        public byte[] metadata(byte[] before) {
            int length = before.length
                    + bytes(IDENTITY_NAME, identity)
                    + bytes(IDEMPOTENCY_NAME, idempotencyKey)
                    + bytes(ORDERING_NAME, orderingKey);
            byte[] all = Arrays.copyOf(before, length);
            int at = put(all, before.length, IDENTITY_NAME, identity);
            at = put(all, at, IDEMPOTENCY_NAME, idempotencyKey);
            put(all, at, ORDERING_NAME, orderingKey);
            return all;
        }

        private static int bytes(byte[] name, @Nullable String value) {
            return value == null ? 0 : name.length + 2 + ByteBufUtil.utf8Bytes(value);
        }

        private static int put(byte[] out, int at, byte[] name, @Nullable String value) {
            if (value == null) {
                return at;
            }
            System.arraycopy(name, 0, out, at, name.length);
            int length = ByteBufUtil.utf8Bytes(value);
            int from = at + name.length;
            out[from] = (byte) (length >>> 8);
            out[from + 1] = (byte) length;
            int to = from + 2;
            if (length == value.length()) { // ASCII, as nearly all are
                for (int i = 0; i < length; i++) {
                    out[to + i] = (byte) value.charAt(i);
                }
            } else {
                System.arraycopy(value.getBytes(StandardCharsets.UTF_8), 0, out, to, length);
            }
            return to + length;
        }
    }

    MessageKeys(
            String listener,
            @Nullable MessageKey idempotency,
            @Nullable MessageKey ordering,
            @Nullable MessageKey identity,
            boolean required) {
        this.listener = listener;
        this.idempotency = idempotency;
        this.ordering = ordering;
        this.identity = identity;
        this.required = required;
    }

    /// What this message has.
    ///
    /// @param message without framing; stays the caller's, its indices are not changed
    public Extracted of(ByteBuf message) {
        String client = identity == null ? null : identity.of(message);
        return new Extracted(
                idempotency == null ? null : idempotency.of(message),
                ordering == null ? null : ordering.of(message),
                client == null ? listener : listener + '/' + client);
    }

    /// Why a message with these keys must be refused (`INVALID_ARGUMENT`), or null if it need not.
    public @Nullable String refusal(Extracted keys) {
        return required && idempotency != null && keys.idempotencyKey() == null
                ? "no idempotency key: the message has no value for " + idempotency.text()
                : null;
    }

    private static byte[] name(String key) {
        byte[] name = new byte[key.length() + 1];
        name[0] = (byte) key.length();
        System.arraycopy(key.getBytes(StandardCharsets.US_ASCII), 0, name, 1, key.length());
        return name;
    }
}
