package io.fairlead.starter.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.starter.FairleadException;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A key and where it is unique.
///
/// @param scope service and identity of a client's key; the service alone for the id of a message
/// @param key the client's, or the id
record InboxKey(String scope, String key) {
    /// Fits an index entry of every supported database.
    private static final int MAX_BYTES = 512;

    /// @param identity null counts as empty
    /// @throws FairleadException INVALID_ARGUMENT if a value is too long, or no text of databases
    static InboxKey ofClient(String service, @Nullable String identity, String key) {
        return new InboxKey(
                service + "/" + checked("identity", identity == null ? "" : identity), checked("idempotency-key", key));
    }

    /// @throws FairleadException INVALID_ARGUMENT if the id is too long, or no text of databases
    static InboxKey ofMessage(String service, String messageId) {
        return new InboxKey(service, checked("message-id", messageId));
    }

    private static String checked(String name, String value) {
        int bytes = ByteBufUtil.utf8Bytes(value);
        if (bytes > MAX_BYTES || value.indexOf('\0') >= 0) {
            throw new FairleadException(
                    Status.INVALID_ARGUMENT,
                    name + ": " + bytes + " bytes (expected: at most " + MAX_BYTES + ", without NUL)");
        }
        return value;
    }

    /// For locks that have a number for a name. Two keys with one number only wait for each other.
    long lockNumber() {
        byte[] text = (scope + '\0' + key).getBytes(UTF_8);
        return ByteBuffer.wrap(Fingerprints.sha256(text)).getLong();
    }
}
