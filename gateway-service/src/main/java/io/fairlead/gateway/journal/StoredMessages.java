package io.fairlead.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Rows of `fairlead_message`, and the checksum over all in them that never changes.
final class StoredMessages {
    static final String COLUMNS_BUT_PAYLOAD = "id, state, lane, binding_id, priority, attempts, crashes, accepted_at,"
            + " due_at, expires_at, replay_of, changed_at, checksum, reason, message_key, ordering_key, metadata";
    static final String COLUMNS = COLUMNS_BUT_PAYLOAD + ", payload";

    /// Of rows whose own binding cannot be read.
    static final Binding UNKNOWN = new Binding("unknown", new Route("unknown", "unknown"));

    private static final byte[] NOTHING = {};
    private static final Priority[] BY_RANK = {Priority.LOW, Priority.NORMAL, Priority.HIGH};

    private StoredMessages() {}

    /// What was read of a row.
    ///
    /// @param intact whether it is what was written
    record Row(Message message, MessageState state, boolean intact, long changedMillis, String reason) {}

    /// Reads the columns of [#COLUMNS], whatever is in them.
    static Row read(ResultSet row, IntFunction<@Nullable Binding> bindings) throws SQLException {
        return read(row, bindings, bytes(row, 18));
    }

    /// Reads the columns of [#COLUMNS_BUT_PAYLOAD], of which nobody can tell whether they are intact.
    static Row readWithoutPayload(ResultSet row, IntFunction<@Nullable Binding> bindings) throws SQLException {
        return read(row, bindings, NOTHING);
    }

    private static Row read(ResultSet row, IntFunction<@Nullable Binding> bindings, byte[] payload)
            throws SQLException {
        int code = row.getInt(2);
        Binding binding = bindings.apply(row.getInt(4));
        int rank = row.getInt(5);
        Message message = new Message(
                binding == null ? UNKNOWN : binding,
                row.getInt(3),
                row.getString(15),
                row.getString(16),
                priority(rank),
                row.getLong(8),
                row.getLong(9),
                row.getLong(10),
                row.getLong(11),
                bytes(row, 17),
                payload);
        message.stored(row.getLong(1), row.getInt(6), row.getInt(7));
        boolean known = MessageState.isCode(code);
        boolean intact = binding != null
                && known
                && rank == message.priority().rank()
                && row.getInt(13) == checksum(message, new CRC32C());
        String reason = row.getString(14);
        return new Row(
                message,
                known ? MessageState.of(code) : MessageState.DAMAGED,
                intact,
                row.getLong(12),
                reason == null ? "" : reason);
    }

    /// The priority of a rank, whatever it is.
    static Priority priority(int rank) {
        return BY_RANK[Math.clamp(rank, 0, 2)];
    }

    private static byte[] bytes(ResultSet row, int column) throws SQLException {
        byte[] bytes = row.getBytes(column);
        return bytes == null ? NOTHING : bytes;
    }

    /// CRC-32C (Castagnoli) over what the client said, its binding and its lane. Its number is left out,
    /// because it is not known before the store has given it.
    static int checksum(Message message, CRC32C crc) {
        byte @Nullable [] key = utf8(message.key());
        byte @Nullable [] orderingKey = utf8(message.orderingKey());
        byte[] listener = message.binding().listener().getBytes(UTF_8);
        byte[] route = message.binding().route().toBytes();
        byte[] numbers = new byte[64];
        ByteBuffer.wrap(numbers)
                .putLong(message.acceptedMillis())
                .putLong(message.dueMillis())
                .putLong(message.expiresMillis())
                .putLong(message.replayOf())
                .putInt(message.lane())
                .putInt(message.priority().rank())
                .putInt(key == null ? -1 : key.length)
                .putInt(orderingKey == null ? -1 : orderingKey.length)
                .putInt(listener.length)
                .putInt(route.length)
                .putInt(message.metadata().length)
                .putInt(message.payload().length);
        crc.reset();
        crc.update(numbers);
        crc.update(listener);
        crc.update(route);
        if (key != null) {
            crc.update(key);
        }
        if (orderingKey != null) {
            crc.update(orderingKey);
        }
        crc.update(message.metadata());
        crc.update(message.payload());
        return (int) crc.getValue();
    }

    private static byte @Nullable [] utf8(@Nullable String text) {
        return text == null ? null : text.getBytes(UTF_8);
    }
}
