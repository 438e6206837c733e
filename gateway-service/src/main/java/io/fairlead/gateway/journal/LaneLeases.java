package io.fairlead.gateway.journal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;

/// Who delivers which lane of a shared store: leases in `fairlead_lane`, by the database's clock alone.
///
/// ```
///  free ──claim, token + 1──▶ held by G until expires_at ──claim of G, same token──▶ held by G, longer
///   ▲                           │         │
///   └── given back, released ───┘         └── expired: like free
/// ```
///
/// Each claim locks all rows, so that claims come one after the other; they take a millisecond every few
/// seconds.
final class LaneLeases {
    private final long leaseMillis;
    private final String start;

    /// @param start tells this start of the gateway apart from those before
    LaneLeases(long leaseMillis, String start) {
        this.leaseMillis = leaseMillis;
        this.start = start;
    }

    private record Lane(int number, boolean mine, boolean free, long token) {}

    /// Claims up to the even share, prolongs what is held, and gives back what is above the share.
    Map<Integer, Long> claim(JdbcTemplate jdbc, String gateway) {
        // Locked before the clock is read: a claim that has waited must not see leases as they were before.
        jdbc.execute("select 1 from fairlead_lane order by lane for update");
        jdbc.update(
                "insert into fairlead_gateway (name, seen_at) values (?, clock_timestamp())"
                        + " on conflict (name) do update set seen_at = excluded.seen_at",
                gateway);
        jdbc.update("delete from fairlead_gateway where seen_at < clock_timestamp() - interval '1 day'");
        Integer live = jdbc.queryForObject(
                "select count(*) from fairlead_gateway where seen_at > clock_timestamp() - ? * interval '1 ms'",
                Integer.class,
                leaseMillis);
        int share = Math.ceilDiv(SqlStore.LANES, Math.max(1, live == null ? 1 : live));

        List<Lane> held = new ArrayList<>();
        List<Lane> free = new ArrayList<>();
        for (Lane lane : lanes(jdbc, gateway)) {
            if (lane.mine()) {
                held.add(lane);
            } else if (lane.free()) {
                free.add(lane);
            }
        }
        List<Lane> surplus = held.subList(Math.min(share, held.size()), held.size());
        free(jdbc, surplus);
        surplus.clear();
        List<Lane> taken = free.subList(0, Math.min(share - held.size(), free.size()));

        Map<Integer, Long> claimed = new HashMap<>();
        held.forEach(lane -> claimed.put(lane.number(), lane.token()));
        taken.forEach(lane -> claimed.put(lane.number(), lane.token() + 1));
        if (!taken.isEmpty()) {
            jdbc.update(
                    "update fairlead_lane set owner = ?, owner_start = ?, token = token + 1 where lane in ("
                            + list(taken) + ")",
                    gateway,
                    start);
        }
        if (!claimed.isEmpty()) {
            jdbc.update(
                    "update fairlead_lane set expires_at = clock_timestamp() + ? * interval '1 ms' where lane in ("
                            + SqlStore.list(claimed.keySet()) + ")",
                    leaseMillis);
        }
        return claimed;
    }

    private List<Lane> lanes(JdbcTemplate jdbc, String gateway) {
        // What an earlier start of this gateway holds is free: it has gone, though its deliveries may still run.
        return jdbc.query(
                "select lane, owner = ? and owner_start = ?, owner is null or owner = ? or expires_at <= clock_timestamp(),"
                        + " token from fairlead_lane order by lane",
                (row, number) -> new Lane(row.getInt(1), row.getBoolean(2), row.getBoolean(3), row.getLong(4)),
                gateway,
                start,
                gateway);
    }

    /// Gives back all lanes.
    void release(JdbcTemplate jdbc, String gateway) {
        jdbc.execute("select 1 from fairlead_lane order by lane for update");
        jdbc.update("delete from fairlead_gateway where name = ?", gateway);
        free(jdbc, lanes(jdbc, gateway).stream().filter(Lane::mine).toList());
    }

    private static void free(JdbcTemplate jdbc, List<Lane> lanes) {
        if (!lanes.isEmpty()) {
            jdbc.update("update fairlead_lane set owner = null, owner_start = null, expires_at = '-infinity'"
                    + " where lane in (" + list(lanes) + ")");
        }
    }

    private static String list(List<Lane> lanes) {
        return SqlStore.list(lanes.stream().map(Lane::number).toList());
    }
}
