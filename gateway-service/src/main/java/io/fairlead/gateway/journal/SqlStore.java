package io.fairlead.gateway.journal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/// What both engines do with the same SQL: all but writing, choosing what to deliver, and lanes.
abstract class SqlStore implements MessageStore {
    static final int LANES = 64;

    // As in the indexes' conditions, word for word: SQLite uses them only then
    static final String IN_FLIGHT = "state in (2, 3)";
    private static final String OVER = "state in (4, 7, 8)";
    private static final String ASIDE = "state in (5, 6, 9)";
    private static final Set<MessageState> ASIDE_STATES =
            Set.of(MessageState.DEAD, MessageState.QUARANTINED, MessageState.DAMAGED);

    final Bindings bindings = new Bindings();

    /// Reads in one transaction, which sees one state of the store.
    abstract <T> T read(Function<JdbcTemplate, T> work);

    /// Condition on the idempotency key, which is its one parameter, in the words of the engine's index.
    abstract String hasKey();

    /// Changes in one transaction.
    abstract <T> T change(Function<JdbcTemplate, T> work);

    @Override
    public int lanes() {
        return LANES;
    }

    /// The number of a binding, which it gets if it has none.
    final int bindingId(Binding binding) {
        Integer id = bindings.id(binding);
        if (id == null) {
            change(jdbc -> {
                Bindings.insert(jdbc, binding);
                return true;
            });
            read(jdbc -> {
                bindings.load(jdbc);
                return true;
            });
            id = bindings.id(binding);
        }
        if (id == null) {
            throw new IllegalStateException("binding: " + binding + " (expected: in fairlead_binding)");
        }
        return id;
    }

    /// Condition on the lane, with its leading `and`; none if it is all of them.
    static String inLanes(Set<Integer> lanes) {
        return lanes.size() >= LANES ? "" : lanes.isEmpty() ? " and 1 = 0" : " and lane in (" + list(lanes) + ")";
    }

    static String list(Collection<? extends Number> numbers) {
        return numbers.stream().map(Number::toString).collect(Collectors.joining(", "));
    }

    static Changes.End damaged(Message message) {
        return new Changes.End(
                message.id(),
                message.binding(),
                MessageState.READY,
                MessageState.DAMAGED,
                System.currentTimeMillis(),
                "checksum: what is stored is not what was accepted: restore it from a backup, or have it sent again");
    }

    @Override
    public Promoted promote(long nowMillis) {
        // Looks first: most of the time nothing is due, and then nothing is written.
        long due = nextDue();
        if (due > nowMillis) {
            return new Promoted(0, due);
        }
        int messages = change(jdbc -> jdbc.update(
                "update fairlead_message set state = 2, changed_at = ? where state = 3 and due_at <= ?",
                nowMillis,
                nowMillis));
        return new Promoted(messages, nextDue());
    }

    private long nextDue() {
        return read(jdbc -> {
            Long due = jdbc.queryForObject("select min(due_at) from fairlead_message where state = 3", Long.class);
            return due == null ? Long.MAX_VALUE : due;
        });
    }

    @Override
    public List<Changes.End> expired(Set<Integer> lanes, long nowMillis, int limit) {
        return read(jdbc -> jdbc.query(
                "select id, binding_id, state from fairlead_message where " + IN_FLIGHT
                        + " and expires_at > 0 and expires_at <= ?" + inLanes(lanes) + " order by expires_at limit ?",
                (row, number) -> new Changes.End(
                        row.getLong(1),
                        binding(jdbc, row.getInt(2)),
                        MessageState.of(row.getInt(3)),
                        MessageState.EXPIRED,
                        nowMillis,
                        "its time was over before a handler had committed"),
                nowMillis,
                limit));
    }

    @Override
    public int purge(long endedBeforeMillis, long keep, int limit) {
        List<Long> ids = read(jdbc -> {
            List<Long> bound = longs(
                    jdbc,
                    "select changed_at from fairlead_message where " + OVER
                            + " order by changed_at desc limit 1 offset ?",
                    keep);
            // Of those that ended in the same millisecond some more may go; none stays that is too much.
            long before = bound.isEmpty() ? endedBeforeMillis : Math.max(endedBeforeMillis, bound.getFirst() + 1);
            return longs(
                    jdbc,
                    "select id from fairlead_message where " + OVER + " and changed_at < ? order by changed_at limit ?",
                    before,
                    limit);
        });
        if (ids.isEmpty()) {
            return 0;
        }
        return change(jdbc -> {
            jdbc.update("delete from fairlead_attempt where message_id in (" + list(ids) + ")");
            return jdbc.update("delete from fairlead_message where id in (" + list(ids) + ") and " + OVER);
        });
    }

    @Override
    public Optional<MessageView> find(long id) {
        return read(jdbc -> jdbc
                .query(
                        "select " + StoredMessages.COLUMNS + ", length(payload) from fairlead_message where id = ?",
                        (row, number) -> view(
                                jdbc,
                                StoredMessages.read(row, binding -> bindingOrNull(jdbc, binding)),
                                row.getLong(19)),
                        id)
                .stream()
                .findFirst());
    }

    @Override
    public List<MessageView> browse(MessageQuery query) {
        StringBuilder sql = new StringBuilder("select ")
                .append(StoredMessages.COLUMNS_BUT_PAYLOAD)
                .append(", length(payload) from fairlead_message where id < ?");
        List<Object> values = new ArrayList<>();
        values.add(query.beforeId() == 0 ? Long.MAX_VALUE : query.beforeId());
        if (!query.states().isEmpty()) {
            sql.append(" and state in (")
                    .append(list(query.states().stream().map(MessageState::code).toList()))
                    .append(')');
            if (ASIDE_STATES.containsAll(query.states())) {
                sql.append(" and ").append(ASIDE);
            }
        }
        if (query.key() != null) {
            sql.append(" and ").append(hasKey());
            values.add(query.key());
        }
        if (query.service() != null || query.listener() != null) {
            sql.append(" and binding_id in (select id from fairlead_binding where 1 = 1");
            if (query.service() != null) {
                sql.append(" and service = ?");
                values.add(query.service());
            }
            if (query.listener() != null) {
                sql.append(" and listener = ?");
                values.add(query.listener());
            }
            sql.append(')');
        }
        sql.append(" order by id desc limit ?");
        values.add(query.limit());
        return read(jdbc -> jdbc.query(
                sql.toString(),
                (row, number) -> {
                    StoredMessages.Row read =
                            StoredMessages.readWithoutPayload(row, binding -> bindingOrNull(jdbc, binding));
                    return view(
                            jdbc,
                            new StoredMessages.Row(
                                    read.message(), read.state(), true, read.changedMillis(), read.reason()),
                            row.getLong(18));
                },
                values.toArray()));
    }

    private static MessageView view(JdbcTemplate jdbc, StoredMessages.Row row, long payloadBytes) {
        long id = row.message().id();
        List<Long> replays =
                longs(jdbc, "select id from fairlead_message where replay_of > 0 and replay_of = ? order by id", id);
        List<Changes.FailedAttempt> history = jdbc.query(
                "select number, at, instance, status, reason, crashed from fairlead_attempt where message_id = ?"
                        + " order by number",
                (attempt, number) -> new Changes.FailedAttempt(
                        id,
                        attempt.getInt(1),
                        attempt.getLong(2),
                        attempt.getString(3),
                        attempt.getString(4),
                        attempt.getString(5),
                        attempt.getBoolean(6)),
                id);
        return new MessageView(
                row.message(),
                row.state(),
                payloadBytes,
                row.intact(),
                row.state().isInFlight() ? 0 : row.changedMillis(),
                row.reason(),
                replays,
                history);
    }

    @Override
    public List<Books> books() {
        return read(jdbc -> {
            bindings.load(jdbc);
            Map<Integer, long[]> sums = new TreeMap<>();
            jdbc.query(
                    "select binding_id, sum(accepted), sum(done), sum(dead), sum(quarantined), sum(expired), sum(dropped),"
                            + " sum(damaged) from fairlead_books group by binding_id",
                    row -> {
                        long[] sum = new long[8];
                        for (int i = 0; i < 7; i++) {
                            sum[i] = row.getLong(i + 2);
                        }
                        sums.put(row.getInt(1), sum);
                    });
            for (String state : List.of("state = 2", "state = 3")) { // each from its own index
                jdbc.query(
                        "select binding_id, count(*) from fairlead_message where " + state + " group by binding_id",
                        row -> {
                            sums.computeIfAbsent(row.getInt(1), id -> new long[8])[7] += row.getLong(2);
                        });
            }
            return sums.entrySet().stream()
                    .map(entry -> books(binding(jdbc, entry.getKey()), entry.getValue()))
                    .toList();
        });
    }

    private static List<Long> longs(JdbcTemplate jdbc, String sql, Object... values) {
        return jdbc.query(sql, (row, number) -> row.getLong(1), values);
    }

    private static Books books(Binding binding, long[] s) {
        return new Books(binding, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
    }

    /// Its binding, also if another gateway has made it since the last look; null if there is none.
    final @Nullable Binding bindingOrNull(JdbcTemplate jdbc, int id) {
        Binding binding = bindings.binding(id);
        if (binding == null) {
            bindings.load(jdbc);
            binding = bindings.binding(id);
        }
        return binding;
    }

    private Binding binding(JdbcTemplate jdbc, int id) {
        Binding binding = bindingOrNull(jdbc, id);
        return binding == null ? StoredMessages.UNKNOWN : binding;
    }
}
