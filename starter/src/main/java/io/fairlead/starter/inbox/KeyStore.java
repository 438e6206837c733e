package io.fairlead.starter.inbox;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The statements on keys, each in the transaction of the given connection.
///
/// A transaction looks a key up, runs the handler, and inserts the key with the reply: one row written for
/// each key, and none updated. What keeps two transactions from running a handler for one key:
///
/// - PostgreSQL: an advisory lock of the transaction's, taken with the look-up and never waited for. Whoever
///   finds it taken ends the transaction and looks again later, so no connection waits for another's.
/// - SQLite, HSQLDB: there is one writer at a time.
/// - Everywhere: the primary key. A transaction that missed another's commit fails at its insert and is rolled
/// back.
final class KeyStore {
    private static final int STATE_STARTED = 0;
    private static final int STATE_DONE = 1;

    private static final String ROW =
            "k.method, k.fingerprint, k.state, k.at_millis, k.owner, k.instance, k.deadline_millis, k.reply_metadata,"
                    + " k.reply";

    private static final String SELECT =
            "select " + ROW + " from fairlead_inbox k where k.scope = ? and k.message_key = ?";

    /// The inner select is done for each key by the primary key, however large the table was when it was
    /// planned.
    private static final String LOCK_AND_SELECT = "select pg_try_advisory_xact_lock(r.number) as locked, " + ROW
            + " from (select cast(? as bigint) as number,"
            + " cast(? as varchar) as scope, cast(? as varchar) as message_key) r left join lateral (select *"
            + " from fairlead_inbox i where i.scope = r.scope and i.message_key = r.message_key limit 1) k on true";

    /// Of those who only ask: they do not take each other for a handler.
    private static final String SHARE_AND_SELECT =
            LOCK_AND_SELECT.replace("pg_try_advisory_xact_lock(", "pg_try_advisory_xact_lock_shared(");

    private static final String LOCK_AND_SELECT_ALL =
            "select pg_try_advisory_xact_lock(r.number) as locked, r.place, " + ROW
                    + " from unnest(?, ?, ?) with ordinality as r(number, scope, message_key, place)"
                    + " left join lateral (select * from fairlead_inbox i where i.scope = r.scope and"
                    + " i.message_key = r.message_key limit 1) k on true";

    private static final String INSERT =
            "insert into fairlead_inbox (scope, message_key, method, fingerprint, state, at_millis, owner, instance,"
                    + " deadline_millis, reply_metadata, reply) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private final Engine engine;

    KeyStore(Engine engine) {
        this.engine = engine;
    }

    /// What a look-up found.
    ///
    /// @param locked whether this transaction may run the handler, if there is no row
    record Found(boolean locked, @Nullable KeyRow row) {}

    Found find(Connection connection, InboxKey key) throws SQLException {
        return find(connection, key, LOCK_AND_SELECT);
    }

    /// For a question, without a handler to run: locked says that no handler runs, if there is no row.
    Found ask(Connection connection, InboxKey key) throws SQLException {
        return find(connection, key, SHARE_AND_SELECT);
    }

    private Found find(Connection connection, InboxKey key, String locking) throws SQLException {
        boolean locks = engine == Engine.POSTGRESQL;
        try (PreparedStatement select = connection.prepareStatement(locks ? locking : SELECT)) {
            int at = 1;
            if (locks) {
                select.setLong(at++, key.lockNumber());
            }
            select.setString(at++, key.scope());
            select.setString(at, key.key());
            try (ResultSet result = select.executeQuery()) {
                return locks ? lockedRow(result) : new Found(true, result.next() ? row(result) : null);
            }
        }
    }

    private static Found lockedRow(ResultSet result) throws SQLException {
        if (!result.next()) {
            throw new SQLException("pg_try_advisory_xact_lock returned no row");
        }
        return new Found(result.getBoolean("locked"), result.getString("method") == null ? null : row(result));
    }

    /// In the order of the keys.
    List<Found> findAll(Connection connection, List<InboxKey> keys) throws SQLException {
        if (engine == Engine.POSTGRESQL && keys.size() > 1) {
            return findAllAtOnce(connection, keys);
        }
        List<Found> all = new ArrayList<>(keys.size());
        if (engine == Engine.POSTGRESQL) {
            for (InboxKey key : keys) {
                all.add(find(connection, key));
            }
            return all;
        }
        try (PreparedStatement select = connection.prepareStatement(SELECT)) {
            for (InboxKey key : keys) {
                select.setString(1, key.scope());
                select.setString(2, key.key());
                try (ResultSet result = select.executeQuery()) {
                    all.add(new Found(true, result.next() ? row(result) : null));
                }
            }
        }
        return all;
    }

    private static List<Found> findAllAtOnce(Connection connection, List<InboxKey> keys) throws SQLException {
        Long[] numbers = new Long[keys.size()];
        String[] scopes = new String[keys.size()];
        String[] names = new String[keys.size()];
        for (int i = 0; i < numbers.length; i++) {
            InboxKey key = keys.get(i);
            numbers[i] = key.lockNumber();
            scopes[i] = key.scope();
            names[i] = key.key();
        }
        Found[] all = new Found[numbers.length];
        try (PreparedStatement select = connection.prepareStatement(LOCK_AND_SELECT_ALL)) {
            Array numberArray = connection.createArrayOf("bigint", numbers);
            Array scopeArray = connection.createArrayOf("varchar", scopes);
            Array nameArray = connection.createArrayOf("varchar", names);
            select.setArray(1, numberArray);
            select.setArray(2, scopeArray);
            select.setArray(3, nameArray);
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    all[result.getInt("place") - 1] = new Found(
                            result.getBoolean("locked"), result.getString("method") == null ? null : row(result));
                }
            }
        }
        return List.of(all);
    }

    private static KeyRow row(ResultSet result) throws SQLException {
        boolean done = result.getInt("state") == STATE_DONE;
        return new KeyRow(
                result.getString("method"),
                result.getBytes("fingerprint"),
                done,
                result.getLong("at_millis"),
                result.getString("owner"),
                result.getString("instance"),
                result.getLong("deadline_millis"),
                done ? StoredReply.ofColumns(result.getBytes("reply_metadata"), result.getBytes("reply")) : null);
    }

    /// A key whose effect is in this transaction.
    record Done(KeyedRequest request, StoredReply reply) {}

    /// @throws InboxException.KeyTaken if another transaction has kept one of the keys meanwhile
    void insertDone(Connection connection, List<Done> all, long nowMillis) throws SQLException {
        if (all.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (Done done : all) {
                bind(insert, done.request(), STATE_DONE, nowMillis);
                insert.setString(7, null);
                insert.setString(8, null);
                insert.setLong(9, 0);
                insert.setBytes(10, done.reply().metadataColumn());
                insert.setBytes(11, done.reply().payloadColumn());
                if (all.size() > 1) {
                    insert.addBatch();
                }
            }
            if (all.size() > 1) {
                insert.executeBatch();
            } else {
                insert.executeUpdate();
            }
        } catch (SQLException e) {
            throw keyTaken(e);
        }
    }

    /// Says that an effect outside the database begins.
    void insertStarted(Connection connection, KeyedRequest request, Owner owner, long nowMillis) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            bind(insert, request, STATE_STARTED, nowMillis);
            insert.setString(7, owner.process());
            insert.setString(8, owner.instance());
            insert.setLong(9, owner.deadlineMillis());
            insert.setBytes(10, null);
            insert.setBytes(11, null);
            insert.executeUpdate();
        } catch (SQLException e) {
            throw keyTaken(e);
        }
    }

    private static void bind(PreparedStatement insert, KeyedRequest request, int state, long nowMillis)
            throws SQLException {
        insert.setString(1, request.key().scope());
        insert.setString(2, request.key().key());
        insert.setString(3, request.route().method());
        insert.setBytes(4, request.fingerprint());
        insert.setInt(5, state);
        insert.setLong(6, nowMillis);
    }

    private SQLException keyTaken(SQLException e) {
        String state = e.getSQLState();
        boolean duplicate = e instanceof SQLIntegrityConstraintViolationException
                || (state != null && state.startsWith("23"))
                || (engine == Engine.SQLITE && String.valueOf(e.getMessage()).contains("SQLITE_CONSTRAINT"));
        if (duplicate) {
            throw new InboxException.KeyTaken(e);
        }
        return e;
    }

    /// Who does an effect outside the database.
    ///
    /// @param process of this run of the instance
    record Owner(String process, String instance, long deadlineMillis) {}

    /// Takes a started effect over from an owner that is gone.
    ///
    /// @return false if somebody else has
    boolean takeOver(Connection connection, InboxKey key, String from, Owner to) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update fairlead_inbox set owner = ?, instance = ?,"
                + " deadline_millis = ? where scope = ? and message_key = ? and state = 0 and owner = ?")) {
            update.setString(1, to.process());
            update.setString(2, to.instance());
            update.setLong(3, to.deadlineMillis());
            update.setString(4, key.scope());
            update.setString(5, key.key());
            update.setString(6, from);
            return update.executeUpdate() == 1;
        }
    }

    /// Keeps the reply of an effect outside the database.
    ///
    /// @return false if it is no longer the owner's
    boolean finish(Connection connection, InboxKey key, String owner, StoredReply reply, long nowMillis)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("update fairlead_inbox set state = 1, at_millis = ?, owner = null,"
                        + " instance = null, deadline_millis = 0, reply_metadata = ?, reply = ?"
                        + " where scope = ? and message_key = ? and state = 0 and owner = ?")) {
            update.setLong(1, nowMillis);
            update.setBytes(2, reply.metadataColumn());
            update.setBytes(3, reply.payloadColumn());
            update.setString(4, key.scope());
            update.setString(5, key.key());
            update.setString(6, owner);
            return update.executeUpdate() == 1;
        }
    }

    /// Forgets an effect outside the database that certainly did not happen.
    void forget(Connection connection, InboxKey key, String owner) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(
                "delete from fairlead_inbox where scope = ? and message_key = ? and state = 0 and owner = ?")) {
            delete.setString(1, key.scope());
            delete.setString(2, key.key());
            delete.setString(3, owner);
            delete.executeUpdate();
        }
    }

    /// Deletes some keys that are older.
    ///
    /// @return how many; fewer than `most` if there are no more
    int deleteOlder(Connection connection, long beforeMillis, int most) throws SQLException {
        String sql = switch (engine) {
            case POSTGRESQL ->
                "delete from fairlead_inbox where ctid = any(array(select ctid from fairlead_inbox"
                        + " where at_millis < ? limit " + most + "))";
            // Row ids grow with time: the oldest need no index.
            case SQLITE ->
                "delete from fairlead_inbox where at_millis < ? and rowid in"
                        + " (select rowid from fairlead_inbox order by rowid limit " + most + ")";
            case HSQLDB, H2, OTHER -> "delete from fairlead_inbox where at_millis < ?";
        };
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            delete.setLong(1, beforeMillis);
            return delete.executeUpdate();
        }
    }
}
