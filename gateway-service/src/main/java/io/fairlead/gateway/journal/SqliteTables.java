package io.fairlead.gateway.journal;

import io.fairlead.gateway.journal.Changes.End;
import io.fairlead.gateway.journal.Changes.FailedAttempt;
import io.fairlead.gateway.journal.SqliteConnection.Session;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Writes changes and the books into the tables, within a transaction.
final class SqliteTables {
    private static final String INSERT = "insert into fairlead_message (id, state, lane, binding_id, priority,"
            + " accepted_at, due_at, expires_at, replay_of, changed_at, checksum, reason, message_key, ordering_key,"
            + " metadata, payload) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    private static final String END =
            "update fairlead_message set state = ?, changed_at = ?, reason = ? where id = ? and ";
    private static final String END_IN_FLIGHT = END + SqlStore.IN_FLIGHT;
    private static final String END_ASIDE = END + "state = ?";
    private static final String FAILED = "insert or ignore into fairlead_attempt (message_id, number, at, instance,"
            + " status, reason, crashed) select ?, ?, ?, ?, ?, ?, ?"
            + " where exists (select 1 from fairlead_message where id = ?)";
    private static final String COUNT_FAILED =
            "update fairlead_message set attempts = attempts + 1, crashes = crashes + ? where id = ?";
    private static final String BOOKS = BookEntries.upsert();

    private final ToIntFunction<Binding> bindings;

    /// @param bindings their numbers
    SqliteTables(ToIntFunction<Binding> bindings) {
        this.bindings = bindings;
    }

    /// Writes several changes as if one after the other. A message that is accepted and has ended in them is
    /// written once.
    void write(Session session, List<Changes> all) throws SQLException {
        BookEntries entries = new BookEntries();
        List<Message> accepted = joined(all, Changes::accepted);
        Map<Long, End> atOnce = new HashMap<>();
        List<End> inFlight = new ArrayList<>();
        List<End> aside = new ArrayList<>();
        long first = accepted.isEmpty() ? Long.MAX_VALUE : accepted.getFirst().id();
        for (End end : joined(all, Changes::ended)) {
            if (!end.from().isInFlight()) {
                aside.add(end);
            } else if (end.id() >= first) {
                atOnce.putIfAbsent(end.id(), end);
            } else {
                inFlight.add(end);
            }
        }
        insert(session, accepted, atOnce, entries);
        failed(session, joined(all, Changes::failed));
        end(session.statement(END_IN_FLIGHT), inFlight, false, entries);
        end(session.statement(END_ASIDE), aside, true, entries);
        enter(session, entries);
    }

    private static <T> List<T> joined(List<Changes> all, Function<Changes, List<T>> part) {
        return all.size() == 1
                ? part.apply(all.getFirst())
                : all.stream().flatMap(changes -> part.apply(changes).stream()).toList();
    }

    private void insert(Session session, List<Message> accepted, Map<Long, End> atOnce, BookEntries entries)
            throws SQLException {
        if (accepted.isEmpty()) {
            return;
        }
        PreparedStatement insert = session.statement(INSERT);
        CRC32C crc = new CRC32C();
        for (Message message : accepted) {
            @Nullable End end = atOnce.get(message.id());
            insert.setLong(1, message.id());
            insert.setInt(2, (end == null ? message.acceptedState() : end.to()).code());
            insert.setInt(3, message.lane());
            insert.setInt(4, bindings.applyAsInt(message.binding()));
            insert.setInt(5, message.priority().rank());
            insert.setLong(6, message.acceptedMillis());
            insert.setLong(7, message.dueMillis());
            insert.setLong(8, message.expiresMillis());
            insert.setLong(9, message.replayOf());
            insert.setLong(10, end == null ? message.acceptedMillis() : end.atMillis());
            insert.setInt(11, StoredMessages.checksum(message, crc));
            insert.setString(12, end == null ? "" : end.reason());
            insert.setString(13, message.key());
            insert.setString(14, message.orderingKey());
            insert.setBytes(15, message.metadata());
            insert.setBytes(16, message.payload());
            insert.addBatch();
            entries.accepted(message.binding(), message.id());
            if (end != null) {
                entries.moved(end.binding(), end.from(), end.to());
            }
        }
        insert.executeBatch();
    }

    private static void failed(Session session, List<FailedAttempt> attempts) throws SQLException {
        for (FailedAttempt attempt : attempts) {
            PreparedStatement insert = session.statement(FAILED);
            insert.setLong(1, attempt.id());
            insert.setInt(2, attempt.number());
            insert.setLong(3, attempt.atMillis());
            insert.setString(4, attempt.instance());
            insert.setString(5, attempt.status());
            insert.setString(6, attempt.reason());
            insert.setInt(7, attempt.crashed() ? 1 : 0);
            insert.setLong(8, attempt.id());
            if (insert.executeUpdate() == 0) {
                continue; // Known already, or its message has gone.
            }
            PreparedStatement count = session.statement(COUNT_FAILED);
            count.setInt(1, attempt.crashed() ? 1 : 0);
            count.setLong(2, attempt.id());
            count.executeUpdate();
        }
    }

    private static void end(PreparedStatement update, List<End> ended, boolean bindFrom, BookEntries entries)
            throws SQLException {
        if (ended.isEmpty()) {
            return;
        }
        for (End end : ended) {
            update.setInt(1, end.to().code());
            update.setLong(2, end.atMillis());
            update.setString(3, end.reason());
            update.setLong(4, end.id());
            if (bindFrom) {
                update.setInt(5, end.from().code());
            }
            update.addBatch();
        }
        int[] changed = update.executeBatch();
        for (int i = 0; i < changed.length; i++) {
            if (changed[i] == 1) {
                End end = ended.get(i);
                entries.moved(end.binding(), end.from(), end.to());
            }
        }
    }

    private void enter(Session session, BookEntries entries) throws SQLException {
        PreparedStatement upsert = session.statement(BOOKS);
        for (Map.Entry<Binding, long[]> entry : entries.byBinding().entrySet()) {
            upsert.setString(1, "");
            upsert.setInt(2, bindings.applyAsInt(entry.getKey()));
            for (int i = 0; i < entry.getValue().length; i++) {
                upsert.setLong(3 + i, entry.getValue()[i]);
            }
            upsert.executeUpdate();
        }
    }
}
