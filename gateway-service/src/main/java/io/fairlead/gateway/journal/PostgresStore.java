package io.fairlead.gateway.journal;

import io.fairlead.gateway.journal.Changes.End;
import io.fairlead.gateway.journal.Changes.FailedAttempt;
import io.fairlead.gateway.journal.PostgresDatabase.Session;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/// The shared journal of several gateways: PostgreSQL.
///
/// A transaction takes one round trip for each kind of change, however many there are of it: lists travel as
/// arrays.
final class PostgresStore extends SqlStore {
    /// How long a gateway keeps its lanes without a word from it.
    static final long LEASE_MILLIS = 10_000;

    // The sequence is asked row by row in the order of the list, behind the sort.
    private static final String INSERT = "insert into fairlead_message (state, lane, binding_id, priority, accepted_at,"
            + " due_at, expires_at, replay_of, changed_at, checksum, message_key, ordering_key, metadata, payload)"
            + " select state, lane, binding_id, priority, accepted_at, due_at, expires_at, replay_of, accepted_at, checksum,"
            + " message_key, ordering_key, metadata, payload from unnest(?::int2[], ?::int2[], ?::int4[], ?::int2[],"
            + " ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int4[], ?::text[], ?::text[], ?::bytea[], ?::bytea[])"
            + " with ordinality as t(state, lane, binding_id, priority, accepted_at, due_at, expires_at, replay_of,"
            + " checksum, message_key, ordering_key, metadata, payload, ord) order by ord returning id";
    private static final String END = "update fairlead_message m set state = t.to_state, changed_at = t.at,"
            + " reason = t.reason from unnest(?::int8[], ?::int2[], ?::int2[], ?::int8[], ?::text[])"
            + " as t(id, from_state, to_state, at, reason) where m.id = t.id"
            + " and (m.state = t.from_state or (m.state in (2, 3) and t.from_state in (2, 3))) returning m.id";
    private static final String FAILED = "with t as (select * from unnest(?::int8[], ?::int4[], ?::int8[], ?::text[],"
            + " ?::text[], ?::text[], ?::bool[]) as t(id, number, at, instance, status, reason, crashed)),"
            + " added as (insert into fairlead_attempt (message_id, number, at, instance, status, reason, crashed)"
            + " select * from t where exists (select 1 from fairlead_message m where m.id = t.id)"
            + " on conflict do nothing returning message_id, crashed),"
            + " counted as (select message_id, count(*) as attempts, count(*) filter (where crashed) as crashes"
            + " from added group by message_id)"
            + " update fairlead_message m set attempts = m.attempts + c.attempts, crashes = m.crashes + c.crashes"
            + " from counted c where m.id = c.message_id";
    private static final String READY_IDS = "select m.id, l.lane from unnest(?::int2[]) as l(lane)"
            + " cross join lateral (select id, priority from fairlead_message where state = 2 and lane = l.lane"
            + " and binding_id <> all(?::int4[]) order by priority desc, id limit ?) m order by m.priority desc, m.id";
    private static final String BOOKS = BookEntries.upsert();
    private static final int LEAST_OF_A_LANE = 32;

    private final PostgresDatabase database;
    private final LaneLeases leases;
    private final long leaseMillis;
    private final String id;
    private final String owner;

    private PostgresStore(PostgresDatabase database, long leaseMillis) {
        this.database = database;
        this.leaseMillis = leaseMillis;
        this.leases = new LaneLeases(
                leaseMillis,
                HexFormat.of().toHexDigits(RandomGenerator.of("SecureRandom").nextLong()));
        this.id = read(jdbc -> {
            bindings.load(jdbc);
            return text(jdbc, "select value from fairlead_journal_meta where name = 'id'");
        });
        this.owner = change(jdbc -> text(jdbc, "select nextval('fairlead_books_owner')::text"));
    }

    static PostgresStore open(JournalProperties properties, long leaseMillis) {
        PostgresDatabase database = PostgresDatabase.open(properties);
        try {
            return new PostgresStore(database, leaseMillis);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static String text(JdbcTemplate jdbc, String sql) {
        return String.valueOf(jdbc.queryForObject(sql, String.class));
    }

    @Override
    public String description() {
        return "PostgreSQL " + database;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Map<Integer, Long> claimLanes(String gateway) {
        return change(jdbc -> leases.claim(jdbc, gateway));
    }

    @Override
    public long leaseMillis() {
        return leaseMillis;
    }

    @Override
    public void releaseLanes(String gateway) {
        change(jdbc -> {
            leases.release(jdbc, gateway);
            return true;
        });
    }

    @Override
    public void write(Changes changes) {
        changes.accepted().forEach(message -> bindingId(message.binding()));
        changes.ended().forEach(end -> bindingId(end.binding()));
        List<Long> ids = database.transaction(session -> {
            Connection connection = session.connection();
            BookEntries entries = new BookEntries();
            List<Long> numbers = insert(connection, changes.accepted(), entries);
            failed(connection, changes.failed());
            end(connection, changes.ended(), entries);
            enter(connection, entries);
            return numbers;
        });
        Iterator<Long> number = ids.iterator();
        for (Message message : changes.accepted()) {
            message.stored(number.next(), 0, 0);
        }
    }

    private List<Long> insert(Connection connection, List<Message> accepted, BookEntries entries) throws SQLException {
        List<Long> ids = new ArrayList<>(accepted.size());
        if (accepted.isEmpty()) {
            return ids;
        }
        CRC32C crc = new CRC32C();
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            ints(insert, 1, "int2", accepted, message -> message.acceptedState().code());
            ints(insert, 2, "int2", accepted, Message::lane);
            ints(insert, 3, "int4", accepted, message -> bindingId(message.binding()));
            ints(insert, 4, "int2", accepted, message -> message.priority().rank());
            longs(insert, 5, accepted, Message::acceptedMillis);
            longs(insert, 6, accepted, Message::dueMillis);
            longs(insert, 7, accepted, Message::expiresMillis);
            longs(insert, 8, accepted, Message::replayOf);
            ints(insert, 9, "int4", accepted, message -> StoredMessages.checksum(message, crc));
            array(insert, 10, "text", accepted, Message::key, new String[0]);
            array(insert, 11, "text", accepted, Message::orderingKey, new String[0]);
            array(insert, 12, "bytea", accepted, Message::metadata, new byte[0][]);
            array(insert, 13, "bytea", accepted, Message::payload, new byte[0][]);
            try (ResultSet rows = insert.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getLong(1));
                }
            }
        }
        for (int i = 0; i < ids.size(); i++) {
            entries.accepted(accepted.get(i).binding(), ids.get(i));
        }
        return ids;
    }

    private static void failed(Connection connection, List<FailedAttempt> failed) throws SQLException {
        if (failed.isEmpty()) {
            return;
        }
        try (PreparedStatement update = connection.prepareStatement(FAILED)) {
            longs(update, 1, failed, FailedAttempt::id);
            ints(update, 2, "int4", failed, FailedAttempt::number);
            longs(update, 3, failed, FailedAttempt::atMillis);
            array(update, 4, "text", failed, FailedAttempt::instance, new String[0]);
            array(update, 5, "text", failed, FailedAttempt::status, new String[0]);
            array(update, 6, "text", failed, FailedAttempt::reason, new String[0]);
            array(update, 7, "bool", failed, FailedAttempt::crashed, new Boolean[0]);
            update.executeUpdate();
        }
    }

    /// One statement changes a row once: a second end of the same message goes into a second one.
    private static void end(Connection connection, List<End> ended, BookEntries entries) throws SQLException {
        List<Map<Long, End>> rounds = new ArrayList<>();
        for (boolean inFlight : new boolean[] {true, false}) {
            for (End end : ended) {
                if (end.from().isInFlight() == inFlight) {
                    add(rounds, end);
                }
            }
        }
        for (Map<Long, End> round : rounds) {
            List<End> ends = List.copyOf(round.values());
            try (PreparedStatement update = connection.prepareStatement(END)) {
                longs(update, 1, ends, End::id);
                ints(update, 2, "int2", ends, end -> end.from().code());
                ints(update, 3, "int2", ends, end -> end.to().code());
                longs(update, 4, ends, End::atMillis);
                array(update, 5, "text", ends, End::reason, new String[0]);
                try (ResultSet rows = update.executeQuery()) {
                    while (rows.next()) {
                        End end = round.get(rows.getLong(1));
                        if (end != null) {
                            entries.moved(end.binding(), end.from(), end.to());
                        }
                    }
                }
            }
        }
    }

    private static void add(List<Map<Long, End>> rounds, End end) {
        for (Map<Long, End> round : rounds) {
            if (round.putIfAbsent(end.id(), end) == null) {
                return;
            }
        }
        Map<Long, End> round = new LinkedHashMap<>();
        round.put(end.id(), end);
        rounds.add(round);
    }

    private void enter(Connection connection, BookEntries entries) throws SQLException {
        if (entries.byBinding().isEmpty()) {
            return;
        }
        try (PreparedStatement upsert = connection.prepareStatement(BOOKS)) {
            for (Map.Entry<Binding, long[]> entry : entries.byBinding().entrySet()) {
                upsert.setString(1, owner);
                upsert.setInt(2, bindingId(entry.getKey()));
                for (int i = 0; i < entry.getValue().length; i++) {
                    upsert.setLong(3 + i, entry.getValue()[i]);
                }
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }

    @Override
    public void sync() {
        // The server does with each commit.
    }

    @Override
    public Loaded ready(Set<Integer> lanes, Set<String> without, LongPredicate known, int limit, long maxBytes) {
        if (lanes.isEmpty()) {
            return new Loaded(List.of(), List.of());
        }
        return database.transaction(session -> {
            List<Long> ids =
                    withinBytes(session, readyIds(session, lanes, bindings.to(without), known, limit), maxBytes);
            List<Message> messages = new ArrayList<>(ids.size());
            List<End> damaged = new ArrayList<>();
            for (StoredMessages.Row row : rows(session, ids)) {
                if (row.intact()) {
                    messages.add(row.message());
                } else {
                    damaged.add(damaged(row.message()));
                }
            }
            return new Loaded(messages, damaged);
        });
    }

    /// Looks at the first few of each lane; if too many of them are known, at more.
    private static List<Long> readyIds(
            Session session, Set<Integer> lanes, List<Integer> without, LongPredicate known, int limit)
            throws SQLException {
        Integer[] numbers = lanes.toArray(new Integer[0]);
        for (int perLane = Math.max(LEAST_OF_A_LANE, 2 * limit / numbers.length); ; perLane *= 8) {
            List<Long> ids = new ArrayList<>(limit);
            int[] seen = new int[LANES];
            boolean all = true;
            try (PreparedStatement select = session.connection().prepareStatement(READY_IDS)) {
                select.setArray(1, session.connection().createArrayOf("int2", numbers));
                select.setArray(2, session.connection().createArrayOf("int4", without.toArray()));
                select.setInt(3, perLane);
                try (ResultSet row = select.executeQuery()) {
                    while (all && ids.size() < limit && row.next()) {
                        if (!known.test(row.getLong(1))) {
                            ids.add(row.getLong(1));
                        }
                        // What follows may have to stand behind messages of this lane that were not looked at.
                        all = ++seen[row.getInt(2)] < perLane;
                    }
                }
            }
            if (all || ids.size() == limit) {
                return ids;
            }
        }
    }

    private static List<Long> withinBytes(Session session, List<Long> ids, long maxBytes) throws SQLException {
        if (ids.size() < 2) {
            return ids;
        }
        long bytes = 0;
        List<Long> within = new ArrayList<>(ids.size());
        try (PreparedStatement select = session.connection()
                .prepareStatement("select m.id, octet_length(m.payload) + octet_length(m.metadata)"
                        + " from unnest(?::int8[]) with ordinality as t(id, ord) join fairlead_message m on m.id = t.id"
                        + " order by t.ord")) {
            select.setArray(1, session.connection().createArrayOf("int8", ids.toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    bytes += row.getLong(2);
                    if (bytes > maxBytes && !within.isEmpty()) {
                        break;
                    }
                    within.add(row.getLong(1));
                }
            }
        }
        return within;
    }

    private List<StoredMessages.Row> rows(Session session, List<Long> ids) throws SQLException {
        List<StoredMessages.Row> rows = new ArrayList<>(ids.size());
        String columns = "m." + StoredMessages.COLUMNS.replace(", ", ", m.");
        try (PreparedStatement select = session.connection()
                .prepareStatement("select " + columns + " from unnest(?::int8[]) with ordinality as t(id, ord)"
                        + " join fairlead_message m on m.id = t.id where m.state = 2 order by t.ord")) {
            select.setArray(1, session.connection().createArrayOf("int8", ids.toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(StoredMessages.read(row, number -> bindingOrNull(session.jdbc(), number)));
                }
            }
        }
        return rows;
    }

    @Override
    public void probe() {
        change(jdbc -> {
            jdbc.update("insert into fairlead_journal_meta values ('probe', '1') on conflict (name) do update"
                    + " set value = (fairlead_journal_meta.value::bigint + 1)::text");
            String sync = text(jdbc, "select current_setting('fsync')");
            if (!sync.equals("on")) {
                throw new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        "journal " + database + ": fsync: " + sync + " (expected: on): set it in postgresql.conf",
                        null);
            }
            return true;
        });
    }

    @Override
    String hasKey() {
        return "message_key = ?";
    }

    @Override
    <T> T read(Function<JdbcTemplate, T> work) {
        return database.transaction(session -> {
            session.jdbc().execute("set transaction isolation level repeatable read, read only");
            return work.apply(session.jdbc());
        });
    }

    @Override
    <T> T change(Function<JdbcTemplate, T> work) {
        return database.transaction(session -> work.apply(session.jdbc()));
    }

    @Override
    public void close() {
        database.close();
    }

    private static <E> void ints(
            PreparedStatement statement, int index, String type, List<E> elements, ToIntFunction<E> value)
            throws SQLException {
        Integer[] values = new Integer[elements.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.applyAsInt(elements.get(i));
        }
        statement.setArray(index, statement.getConnection().createArrayOf(type, values));
    }

    private static <E> void longs(PreparedStatement statement, int index, List<E> elements, ToLongFunction<E> value)
            throws SQLException {
        Long[] values = new Long[elements.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.applyAsLong(elements.get(i));
        }
        statement.setArray(index, statement.getConnection().createArrayOf("int8", values));
    }

    private static <E, V> void array(
            PreparedStatement statement,
            int index,
            String type,
            List<E> elements,
            Function<E, @Nullable V> value,
            V[] array)
            throws SQLException {
        statement.setArray(
                index,
                statement
                        .getConnection()
                        .createArrayOf(
                                type, elements.stream().map(value).toList().toArray(array)));
    }
}
