package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What travels beside a payload: keys and values, such as trace context, content type and the client's keys.
///
/// Immutable and thread-safe. Keys are 1 to 255 bytes of `a-z 0-9 - .`, values at most 65,535 bytes of UTF-8,
/// all of it together at most 65,535 bytes on the wire.
public final class Metadata {
    /// W3C trace context.
    public static final String TRACEPARENT = "traceparent";

    /// Media type of the payload.
    public static final String CONTENT_TYPE = "content-type";

    /// The client's key for "once in effect".
    public static final String IDEMPOTENCY_KEY = "idempotency-key";

    /// Messages with the same ordering key are applied in order.
    public static final String ORDERING_KEY = "ordering-key";

    /// Calls with the same affinity key prefer the same instance.
    public static final String AFFINITY_KEY = "affinity-key";

    /// Of a durable message from a client: milliseconds until it may be delivered, in decimal.
    public static final String DELIVER_AFTER = "deliver-after";

    /// Of a durable message from a client: milliseconds after which it expires undelivered, in decimal.
    public static final String EXPIRES_AFTER = "expires-after";

    /// The journal's name of a durable message: in the acknowledgement to its client, and in its delivery to
    /// a worker.
    public static final String MESSAGE_ID = "message-id";

    /// Of a delivery: which attempt this is, from 1, in decimal.
    public static final String ATTEMPT = "attempt";

    /// Of a delivery with an ordering key: `lane:token`. Who keeps keys takes no token below the highest it
    /// has seen of the lane.
    public static final String FENCE = "fence";

    /// Who the client is; set by gateways alone.
    public static final String IDENTITY = "identity";

    /// `host:port` of the client; set by gateways alone, at listeners that speak the PROXY protocol.
    public static final String CLIENT_ADDRESS = "client-address";

    /// In the registry's answer to a register with an old epoch.
    public static final String HIGHEST_EPOCH = "highest-epoch";

    /// The most bytes that metadata takes on the wire.
    public static final int MAX_BYTES = 0xffff;

    /// No entries.
    public static final Metadata EMPTY = new Metadata(Map.of());

    private static final int MAX_KEY_BYTES = 255;

    private final Map<String, String> entries;
    private final int encodedBytes;

    private Metadata(Map<String, String> entries) {
        this.entries = entries;
        int bytes = 0;
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            bytes += 1 + entry.getKey().length() + 2 + ByteBufUtil.utf8Bytes(entry.getValue());
        }
        this.encodedBytes = bytes;
    }

    /// Metadata with these entries, in the map's order.
    ///
    /// @throws IllegalArgumentException if a key is malformed, or if all of it is longer than [#MAX_BYTES]
    public static Metadata of(Map<String, String> entries) {
        if (entries.isEmpty()) {
            return EMPTY;
        }
        for (String key : entries.keySet()) {
            if (!validKey(key)) {
                throw new IllegalArgumentException(
                        "metadata key: '" + key + "' (expected: 1 to 255 characters of a-z, 0-9, '-' and '.')");
            }
        }
        Metadata metadata = new Metadata(Collections.unmodifiableMap(new LinkedHashMap<>(entries)));
        if (metadata.encodedBytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "metadata: " + metadata.encodedBytes + " bytes (expected: at most " + MAX_BYTES + ")");
        }
        return metadata;
    }

    /// These entries and one more, which replaces one of the same key.
    public Metadata with(String key, String value) {
        Map<String, String> copy = new LinkedHashMap<>(entries);
        copy.put(key, value);
        return of(copy);
    }

    /// The value of a key, or null.
    public @Nullable String get(String key) {
        return entries.get(key);
    }

    /// All entries, in order; unmodifiable.
    public Map<String, String> asMap() {
        return entries;
    }

    /// Bytes on the wire.
    public int encodedBytes() {
        return encodedBytes;
    }

    /// Writes all entries at the writer index.
    public void encode(ByteBuf out) {
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            out.writeByte(entry.getKey().length());
            ByteBufUtil.writeAscii(out, entry.getKey());
            out.writeShort(ByteBufUtil.utf8Bytes(entry.getValue()));
            ByteBufUtil.writeUtf8(out, entry.getValue());
        }
    }

    /// The bytes that [#encode] writes.
    public byte[] toBytes() {
        ByteBuf out = Unpooled.buffer(encodedBytes);
        encode(out);
        return ByteBufUtil.getBytes(out);
    }

    /// Reads `length` bytes at `index`.
    ///
    /// @throws ProtocolException if an entry is malformed or a key appears twice
    public static Metadata decode(ByteBuf buf, int index, int length) {
        if (length == 0) {
            return EMPTY;
        }
        Map<String, String> entries = new LinkedHashMap<>();
        int at = index;
        int end = index + length;
        while (at < end) {
            int keyLength = buf.getUnsignedByte(at);
            int valueAt = at + 1 + keyLength + 2;
            check(keyLength > 0 && valueAt <= end, "a key runs over the end");
            int valueLength = buf.getUnsignedShort(valueAt - 2);
            check(valueAt + valueLength <= end, "a value runs over the end");
            String key = buf.toString(at + 1, keyLength, UTF_8);
            // Text that had to be repaired would be longer when it is written again.
            check(ByteBufUtil.isText(buf, valueAt, valueLength, UTF_8), "a value is not UTF-8");
            check(validKey(key), "a key has characters other than a-z, 0-9, '-' and '.'");
            check(entries.put(key, buf.toString(valueAt, valueLength, UTF_8)) == null, "a key appears twice");
            at = valueAt + valueLength;
        }
        return new Metadata(Collections.unmodifiableMap(entries));
    }

    /// Whether `length` bytes at `index` hold an entry of this key; looks at the bytes and decodes nothing.
    /// Malformed metadata counts as holding it, so that a guard which asks stays closed.
    public static boolean contains(ByteBuf buf, int index, int length, byte[] key) {
        int at = index;
        int end = index + length;
        while (at < end) {
            int keyLength = buf.getUnsignedByte(at);
            int valueAt = at + 1 + keyLength + 2;
            if (keyLength == 0 || valueAt > end) {
                return true;
            }
            if (keyLength == key.length && matches(buf, at + 1, key)) {
                return true;
            }
            at = valueAt + buf.getUnsignedShort(valueAt - 2);
        }
        return at != end;
    }

    /// Index of the first byte of a key's value, whose length is in the two bytes before it; -1 if there is
    /// none, or if the metadata is malformed up to there. Decodes nothing.
    public static int valueIndex(ByteBuf buf, int index, int length, byte[] key) {
        int at = index;
        int end = index + length;
        while (at < end) {
            int keyLength = buf.getUnsignedByte(at);
            int valueAt = at + 1 + keyLength + 2;
            if (keyLength == 0 || valueAt > end) {
                return -1;
            }
            int next = valueAt + buf.getUnsignedShort(valueAt - 2);
            if (next <= end && keyLength == key.length && matches(buf, at + 1, key)) {
                return valueAt;
            }
            at = next;
        }
        return -1;
    }

    private static boolean matches(ByteBuf buf, int index, byte[] key) {
        for (int i = 0; i < key.length; i++) {
            if (buf.getByte(index + i) != key[i]) {
                return false;
            }
        }
        return true;
    }

    private static void check(boolean ok, String what) {
        if (!ok) {
            throw new ProtocolException("metadata: " + what);
        }
    }

    private static boolean validKey(String key) {
        if (key.isEmpty() || key.length() > MAX_KEY_BYTES) {
            return false;
        }
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.')) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Metadata that && entries.equals(that.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }

    /// Keys only: values may be secrets.
    @Override
    public String toString() {
        return "Metadata" + entries.keySet();
    }
}
