package io.fairlead.gateway.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which workers a gateway links to, so that links do not grow as gateways × workers. A pure function of names:
/// all loops of a gateway agree, and a restart changes nothing.
///
/// 1. **Coverage.** Each *worker* belongs to the `coverage` gateways that rank highest for it by rendezvous
/// hashing (Thaler, Ravishankar 1998) of both names. So every worker has exactly as many gateways as any other,
/// which is what spreads load evenly; where each gateway chooses for itself ("random subsetting" in Google's
/// SRE book, chapter 20), a worker's gateways are a matter of luck, from none to twice the mean. Deterministic
/// subsetting and Twitter's deterministic aperture are as even, but go by the place in a list, so that one
/// gateway's leaving moves the links of many; here only the links of the one that leaves move. 2. **Size.**
/// Then, for each service, a gateway adds workers in the order of its own ranking until it has `size` that
/// work, or all there are. A rare service keeps all of its workers at every gateway. Workers that cannot be
/// reached do not count, so a subset of which many die widens, up to twice its size.
///
/// Up to `coverage` gateways, all link to all workers: a small fleet notices nothing.
public final class Subset {
    /// The lower bits of a rank, where the place in a list is kept while ranks are sorted.
    private static final long INDEX_MASK = (1L << 24) - 1;

    private final long self;
    private final int size;
    private final int coverage;

    /// A worker.
    ///
    /// @param name unique
    /// @param services that it offers
    /// @param reachable false if links to it fail
    public record Member(String name, Collection<String> services, boolean reachable) {}

    /// @param self this gateway's name
    /// @param size workers of each service that a gateway has at least, if there are so many; 0 = no subsets
    /// @param coverage gateways that each worker has at least, if there are so many; above 0
    public Subset(String self, int size, int coverage) {
        this.self = KeyHash.of(self);
        this.size = size;
        this.coverage = coverage;
    }

    /// The names of the workers to link to.
    ///
    /// @param gateways names of all gateways; whether this one is among them does not matter
    public Set<String> choose(Collection<Member> workers, Collection<String> gateways) {
        long[] others = gateways.stream()
                .mapToLong(KeyHash::of)
                .filter(hash -> hash != self)
                .distinct()
                .toArray();
        Set<String> chosen = new HashSet<>();
        boolean all = size == 0 || others.length < coverage || workers.size() <= size;
        for (Member worker : workers) {
            if (all || covers(KeyHash.of(worker.name()), others)) {
                chosen.add(worker.name());
            }
        }
        if (!all) {
            fill(workers, chosen);
        }
        return chosen;
    }

    /// Whether fewer than `coverage` others rank higher for a worker. Mostly a few steps: those that rank low
    /// meet enough higher ones soon.
    private boolean covers(long worker, long[] others) {
        long own = rank(self, worker);
        int higher = 0;
        for (long other : others) {
            if (rank(other, worker) > own && ++higher == coverage) {
                return false;
            }
        }
        return true;
    }

    private void fill(Collection<Member> workers, Set<String> chosen) {
        Map<String, int[]> reachable = new HashMap<>();
        Map<String, int[]> taken = new HashMap<>();
        List<Member> rest = new ArrayList<>();
        for (Member worker : workers) {
            if (chosen.contains(worker.name())) {
                count(worker, taken, reachable);
            } else {
                rest.add(worker);
            }
        }
        long[] ranked = new long[rest.size()];
        for (int i = 0; i < ranked.length; i++) {
            ranked[i] = (rank(self, KeyHash.of(rest.get(i).name())) & ~INDEX_MASK) | i;
        }
        Arrays.sort(ranked);
        for (long next : ranked) {
            Member worker = rest.get((int) (next & INDEX_MASK));
            if (worker.services().stream().anyMatch(service -> lacks(service, taken, reachable))) {
                chosen.add(worker.name());
                count(worker, taken, reachable);
            }
        }
    }

    private boolean lacks(String service, Map<String, int[]> taken, Map<String, int[]> reachable) {
        int[] working = reachable.get(service);
        int[] all = taken.get(service);
        return (working == null || working[0] < size) && (all == null || all[0] < 2 * size);
    }

    private static void count(Member worker, Map<String, int[]> taken, Map<String, int[]> reachable) {
        for (String service : worker.services()) {
            taken.computeIfAbsent(service, key -> new int[1])[0]++;
            if (worker.reachable()) {
                reachable.computeIfAbsent(service, key -> new int[1])[0]++;
            }
        }
    }

    private static long rank(long gateway, long worker) {
        return KeyHash.mix(gateway * 0x9e3779b97f4a7c15L + worker);
    }
}
