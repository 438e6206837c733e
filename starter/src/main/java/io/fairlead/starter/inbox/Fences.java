package io.fairlead.starter.inbox;

import io.fairlead.starter.FairleadException;
import io.fairlead.wire.Status;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The highest token seen of each lane. A transaction that runs a message holds its lane's row shared, so that
/// a message with a higher token waits for it, and refuses a message with a lower token. Thread-safe.
final class Fences {
    private static final int MAX_REMEMBERED = 10_000;

    private final Engine engine;
    private final InboxCounters counters;

    /// Tokens that are committed, of the lanes used last: their rows need no insert.
    private final Map<String, Long> committed = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MAX_REMEMBERED;
        }
    });

    Fences(Engine engine, InboxCounters counters) {
        this.engine = engine;
        this.counters = counters;
    }

    /// Holds the lane for the rest of the transaction.
    ///
    /// @throws FairleadException ABORTED if a later holder has sent already
    void hold(Connection connection, Fence fence) throws SQLException {
        check(fence, holdAll(connection, new TreeMap<>(Map.of(fence.lane(), fence.token()))));
    }

    /// Refuses what a former holder sent.
    void check(Fence fence, Map<String, Long> tokens) {
        long highest = tokens.getOrDefault(fence.lane(), fence.token());
        if (fence.token() < highest) {
            counters.add(InboxCounters.Result.FENCED);
            throw new FairleadException(
                    Status.ABORTED,
                    "fence: token " + fence.token() + " of lane " + fence.lane() + " (expected: at least " + highest
                            + "): fenced, another gateway has the lane");
        }
    }

    /// Holds lanes for the rest of the transaction.
    ///
    /// @param lanes in the order in which all transactions take them, with the highest token of each
    /// @return the highest token ever seen of each
    Map<String, Long> holdAll(Connection connection, SortedMap<String, Long> lanes) throws SQLException {
        List<String> unsure = new ArrayList<>();
        lanes.forEach((lane, token) -> {
            if (committed.getOrDefault(lane, -1L) < token) {
                unsure.add(lane);
            }
        });
        if (!unsure.isEmpty()) {
            Map<String, Long> before = read(connection, unsure, false);
            unsure.removeIf(lane -> before.getOrDefault(lane, -1L) >= lanes.getOrDefault(lane, 0L));
            committed.putAll(before);
            for (String lane : unsure) {
                raise(connection, lane, lanes.getOrDefault(lane, 0L));
            }
        }
        return read(connection, List.copyOf(lanes.keySet()), engine == Engine.POSTGRESQL);
    }

    private Map<String, Long> read(Connection connection, List<String> lanes, boolean share) throws SQLException {
        Map<String, Long> tokens = new HashMap<>();
        if (engine == Engine.POSTGRESQL) {
            try (PreparedStatement select = connection.prepareStatement("select lane, token from fairlead_inbox_fence"
                    + " where lane = any(?) order by lane" + (share ? " for share" : ""))) {
                Array names = connection.createArrayOf("varchar", lanes.toArray());
                select.setArray(1, names);
                put(select, tokens);
            }
            return tokens;
        }
        try (PreparedStatement select =
                connection.prepareStatement("select lane, token from fairlead_inbox_fence where lane = ?")) {
            for (String lane : lanes) {
                select.setString(1, lane);
                put(select, tokens);
            }
        }
        return tokens;
    }

    private static void put(PreparedStatement select, Map<String, Long> tokens) throws SQLException {
        try (ResultSet result = select.executeQuery()) {
            while (result.next()) {
                tokens.put(result.getString(1), result.getLong(2));
            }
        }
    }

    /// Waits for the transactions that hold the lane.
    private void raise(Connection connection, String lane, long token) throws SQLException {
        if (engine == Engine.POSTGRESQL || engine == Engine.SQLITE) {
            try (PreparedStatement upsert = connection.prepareStatement("insert into fairlead_inbox_fence (lane, token)"
                    + " values (?, ?) on conflict (lane) do update set token = excluded.token"
                    + " where fairlead_inbox_fence.token < excluded.token")) {
                upsert.setString(1, lane);
                upsert.setLong(2, token);
                upsert.executeUpdate();
            }
            return;
        }
        try (PreparedStatement update = connection.prepareStatement(
                "update fairlead_inbox_fence set token = case when token < ? then ? else token end where lane = ?")) {
            update.setLong(1, token);
            update.setLong(2, token);
            update.setString(3, lane);
            if (update.executeUpdate() > 0) {
                return;
            }
        }
        try (PreparedStatement insert =
                connection.prepareStatement("insert into fairlead_inbox_fence (lane, token) values (?, ?)")) {
            insert.setString(1, lane);
            insert.setLong(2, token);
            insert.executeUpdate();
        }
    }
}
