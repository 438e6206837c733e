package io.fairlead.gateway.journal;

import io.fairlead.gateway.journal.Changes.End;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/// The embedded journal of a single gateway: SQLite behind a log of its own ([LoggedChanges]).
///
/// One connection writes; delivery and people each have one to read with, so that a long list on a screen
/// holds up no delivery.
final class SqliteStore extends SqlStore {
    private static final Logger logger = LoggerFactory.getLogger(SqliteStore.class);
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

    private final LoggedChanges log;

    // Of the thread that writes
    private long lastId;

    private SqliteStore(SqliteFile file) {
        this.file = file;
        this.writer = new SqliteConnection(file);
        this.delivery = new SqliteConnection(file);
        this.people = new SqliteConnection(file);
        this.maintenance = new SqliteConnection(file);
        this.id = people.transaction(session -> meta(session.jdbc(), "id"));
        // Each start is another owner of the lanes.
        this.token = writer.transaction(session -> {
            session.jdbc()
                    .update(
                            "update fairlead_journal_meta set value = cast(value as integer) + 1 where name = 'starts'");
            return Long.parseLong(meta(session.jdbc(), "starts"));
        });
        people.transaction(session -> {
            bindings.load(session.jdbc());
            return true;
        });
        this.log = LoggedChanges.open(file.path(), id, writer, this::bindingId, bindings);
        this.lastId = writer.transaction(SqliteStore::lastId);
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
        // Before all else: to give a number is a transaction of its own.
        changes.accepted().forEach(message -> bindingId(message.binding()));
        changes.ended().forEach(end -> bindingId(end.binding()));
        long number = lastId;
        for (Message message : changes.accepted()) {
            message.stored(++number, 0, 0);
        }
        lastId = number; // also if it fails: what may be there is not to be given twice
        log.write(changes);
    }

    @Override
    public void sync() {
        log.sync();
    }

    private static long lastId(Session session) throws SQLException {
        try (ResultSet row = session.statement("select max(ifnull((select max(id) from fairlead_message), 0),"
                        + " ifnull((select max(last_id) from fairlead_books), 0))")
                .executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    @Override
    public Loaded ready(Set<Integer> lanes, Set<String> without, LongPredicate known, int limit, long maxBytes) {
        log.apply();
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
        try {
            log.apply();
        } catch (StoreException e) {
            // Whoever writes is told. Who asks gets what is there, most of all why the rest is not.
            logger.debug("Read without what is in the log alone", e);
        }
        return people.transaction(session -> work.apply(session.jdbc()));
    }

    @Override
    <T> T change(Function<JdbcTemplate, T> work) {
        log.apply();
        return writer.transaction(session -> work.apply(session.jdbc()));
    }

    @Override
    public void close() {
        log.close();
        delivery.close();
        people.close();
        maintenance.close();
        writer.close();
        file.close();
    }
}
