package io.fairlead.gateway.journal;

import io.fairlead.gateway.journal.Changes.End;
import io.fairlead.gateway.journal.Changes.FailedAttempt;
import io.fairlead.gateway.journal.SqliteConnection.Session;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/// The embedded journal of a single gateway: SQLite, write-ahead log, synchronous commits.
///
/// One connection writes; delivery and people each have one to read with, so that a long list on a screen
/// holds up no delivery.
final class SqliteStore extends SqlStore {
    private static final String INSERT = "insert into fairlead_message (id, state, lane, binding_id, priority,"
            + " accepted_at, due_at, expires_at, replay_of, changed_at, checksum, message_key, ordering_key, metadata,"
            + " payload) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    private static final String END =
            "update fairlead_message set state = ?, changed_at = ?, reason = ? where id = ? and ";
    private static final String END_IN_FLIGHT = END + IN_FLIGHT;
    private static final String END_ASIDE = END + "state = ?";
    private static final String FAILED = "insert or ignore into fairlead_attempt (message_id, number, at, instance,"
            + " status, reason, crashed) select ?, ?, ?, ?, ?, ?, ?"
            + " where exists (select 1 from fairlead_message where id = ?)";
    private static final String COUNT_FAILED =
            "update fairlead_message set attempts = attempts + 1, crashes = crashes + ? where id = ?";
    private static final String BOOKS = BookEntries.upsert();
    private static final String BY_ID =
            "select " + StoredMessages.COLUMNS + " from fairlead_message where id = ? and state = 2";
    private static final int MOST_IDS = 8192;

    private final SqliteFile file;
    private final SqliteConnection writer;
    private final SqliteConnection delivery;
    private final SqliteConnection people;
    private final SqliteConnection maintenance;
    private final String id;
    private final long token;

    // Of the thread that has the writer's connection; below 0 = to be read
    private long lastId = -1;

    private SqliteStore(SqliteFile file) {
        this.file = file;
        this.writer = new SqliteConnection(file);
        this.delivery = new SqliteConnection(file);
        this.people = new SqliteConnection(file);
        this.maintenance = new SqliteConnection(file);
        this.id = read(jdbc -> meta(jdbc, "id"));
        // Each start is another owner of the lanes.
        this.token = change(jdbc -> {
            jdbc.update("update fairlead_journal_meta set value = cast(value as integer) + 1 where name = 'starts'");
            return Long.parseLong(meta(jdbc, "starts"));
        });
        read(jdbc -> {
            bindings.load(jdbc);
            return true;
        });
    }

    static SqliteStore open(Path path) {
        SqliteFile file = SqliteFile.open(path);
        try {
            return new SqliteStore(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static String meta(JdbcTemplate jdbc, String name) {
        return String.valueOf(
                jdbc.queryForObject("select value from fairlead_journal_meta where name = ?", String.class, name));
    }

    @Override
    public String description() {
        return "SQLite " + file;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public Map<Integer, Long> claimLanes(String gateway) {
        Map<Integer, Long> lanes = HashMap.newHashMap(LANES);
        for (int lane = 0; lane < LANES; lane++) {
            lanes.put(lane, token);
        }
        return lanes;
    }

    @Override
    public long leaseMillis() {
        return Long.MAX_VALUE;
    }

    @Override
    public void releaseLanes(String gateway) {
        // Nobody else could have them.
    }

    @Override
    public void write(Changes changes) {
        changes.accepted().forEach(message -> bindingId(message.binding()));
        changes.ended().forEach(end -> bindingId(end.binding()));
        long first = writer.transaction(session -> {
            long before = lastId(session);
            lastId = -1; // until this is committed
            BookEntries entries = new BookEntries();
            insert(session, changes.accepted(), before + 1, entries);
            failed(session, changes.failed());
            end(session, changes.ended(), entries);
            enter(session, entries);
            return before + 1;
        });
        lastId = first - 1 + changes.accepted().size();
        long number = first;
        for (Message message : changes.accepted()) {
            message.stored(number++, 0, 0);
        }
    }

    private long lastId(Session session) throws SQLException {
        if (lastId >= 0) {
            return lastId;
        }
        try (ResultSet row = session.statement("select max(ifnull((select max(id) from fairlead_message), 0),"
                        + " ifnull((select max(last_id) from fairlead_books), 0))")
                .executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    private void insert(Session session, List<Message> accepted, long first, BookEntries entries) throws SQLException {
        if (accepted.isEmpty()) {
            return;
        }
        PreparedStatement insert = session.statement(INSERT);
        CRC32C crc = new CRC32C();
        long number = first;
        for (Message message : accepted) {
            insert.setLong(1, number);
            insert.setInt(2, message.acceptedState().code());
            insert.setInt(3, message.lane());
            insert.setInt(4, bindingId(message.binding()));
            insert.setInt(5, message.priority().rank());
            insert.setLong(6, message.acceptedMillis());
            insert.setLong(7, message.dueMillis());
            insert.setLong(8, message.expiresMillis());
            insert.setLong(9, message.replayOf());
            insert.setLong(10, message.acceptedMillis());
            insert.setInt(11, StoredMessages.checksum(message, crc));
            insert.setString(12, message.key());
            insert.setString(13, message.orderingKey());
            insert.setBytes(14, message.metadata());
            insert.setBytes(15, message.payload());
            insert.addBatch();
            entries.accepted(message.binding(), number++);
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

    private static void end(Session session, List<End> ended, BookEntries entries) throws SQLException {
        List<End> inFlight = new ArrayList<>(ended.size());
        List<End> aside = new ArrayList<>();
        for (End end : ended) {
            (end.from().isInFlight() ? inFlight : aside).add(end);
        }
        end(session.statement(END_IN_FLIGHT), inFlight, false, entries);
        end(session.statement(END_ASIDE), aside, true, entries);
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
            upsert.setInt(2, bindingId(entry.getKey()));
            for (int i = 0; i < entry.getValue().length; i++) {
                upsert.setLong(3 + i, entry.getValue()[i]);
            }
            upsert.executeUpdate();
        }
    }

    @Override
    public Loaded ready(Set<Integer> lanes, Set<String> without, LongPredicate known, int limit, long maxBytes) {
        List<Integer> bindingsLeftOut = bindings.to(without);
        return delivery.transaction(session -> {
            List<Message> messages = new ArrayList<>();
            List<End> damaged = new ArrayList<>();
            long bytes = 0;
            int page = Math.clamp(2L * limit, 256, MOST_IDS);
            for (int offset = 0; ; offset += page, page = MOST_IDS) {
                long[] ids = readyIds(session, lanes, bindingsLeftOut, page, offset);
                for (long number : ids) {
                    if (known.test(number)) {
                        continue;
                    }
                    if (messages.size() + damaged.size() >= limit) {
                        return new Loaded(messages, damaged);
                    }
                    StoredMessages.Row row = row(session, number);
                    if (row == null) {
                        continue;
                    }
                    if (!row.intact()) {
                        damaged.add(damaged(row.message()));
                        continue;
                    }
                    bytes += row.message().payload().length + row.message().metadata().length;
                    if (bytes > maxBytes && !messages.isEmpty()) {
                        return new Loaded(messages, damaged);
                    }
                    messages.add(row.message());
                }
                if (ids.length < page) {
                    return new Loaded(messages, damaged);
                }
            }
        });
    }

    /// All in one value: ten thousand rows would be ten thousand ways into SQLite.
    private static long[] readyIds(Session session, Set<Integer> lanes, List<Integer> without, int limit, int offset)
            throws SQLException {
        PreparedStatement select = session.statement(
                "select group_concat(id, ',') from (select id from" + " fairlead_message where state = 2"
                        + inLanes(lanes)
                        + (without.isEmpty() ? "" : " and binding_id not in (" + list(without) + ")")
                        + " order by priority desc, id limit ? offset ?)");
        select.setInt(1, limit);
        select.setInt(2, offset);
        try (ResultSet row = select.executeQuery()) {
            String list = row.next() ? row.getString(1) : null;
            return list == null ? new long[0] : numbers(list);
        }
    }

    private static long[] numbers(String list) {
        int count = 1;
        for (int i = 0; i < list.length(); i++) {
            count += list.charAt(i) == ',' ? 1 : 0;
        }
        long[] numbers = new long[count];
        int at = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            if (c == ',') {
                at++;
            } else {
                numbers[at] = numbers[at] * 10 + (c - '0');
            }
        }
        return numbers;
    }

    private StoredMessages.@Nullable Row row(Session session, long number) throws SQLException {
        PreparedStatement select = session.statement(BY_ID);
        select.setLong(1, number);
        try (ResultSet row = select.executeQuery()) {
            return row.next() ? StoredMessages.read(row, binding -> bindingOrNull(session.jdbc(), binding)) : null;
        }
    }

    /// Copies the log into the database, beside the writer: what it finds left when the log is long is little
    /// then.
    @Override
    public void maintain() {
        maintenance.transaction(session -> {
            try (ResultSet row =
                    session.statement("pragma wal_checkpoint(passive)").executeQuery()) {
                return row.next();
            }
        });
    }

    @Override
    public void probe() {
        change(
                jdbc -> jdbc.update(
                        "insert into fairlead_journal_meta values ('probe', '1') on conflict (name) do update set value = value + 1"));
    }

    /// Goes through the thousands that have messages, the newest first.
    @Override
    String hasKey() {
        return "id in (with recursive wanted(k) as (select ?), thousand(n) as (select max(id) >> 10 from fairlead_message"
                + " union all select (select max(id) >> 10 from fairlead_message where id < (n << 10))"
                + " from thousand where n is not null)"
                + " select m.id from thousand cross join wanted cross join fairlead_message m"
                + " where m.id >> 10 = n and substr(m.message_key, -8) = substr(k, -8) and m.message_key = k)";
    }

    @Override
    <T> T read(Function<JdbcTemplate, T> work) {
        return people.transaction(session -> work.apply(session.jdbc()));
    }

    @Override
    <T> T change(Function<JdbcTemplate, T> work) {
        return writer.transaction(session -> work.apply(session.jdbc()));
    }

    @Override
    public void close() {
        delivery.close();
        people.close();
        maintenance.close();
        writer.close();
        file.close();
    }
}
