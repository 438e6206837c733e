package io.fairlead.registry.lease;

import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.RegistryApi.Gone;
import io.fairlead.link.discovery.RegistryApi.GoneReason;
import io.fairlead.link.discovery.RegistryApi.LeaseTerms;
import io.fairlead.link.discovery.RegistryApi.Renewal;
import io.fairlead.link.discovery.ServiceOffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The leases. Not thread-safe; the time is an argument, in nanoseconds of one monotonic clock.
///
/// ```
///            register           silent for one lease
///   (none) ───────────▶ leased ─────────────────────▶ lapsed ──▶ gone, EXPIRED
///      ▲                 │  ▲                           │ many of its service lapse
///      │ tombstone over  │  │ renew                     ▼
///      └── gone, LEFT ◀──┘  └─────────────────────── suspect ──▶ gone, EXPIRED
///                   leave                               five minutes
/// ```
///
/// **Mass expiry guard**: when more than a third of a service's leases, and at least two, fall silent within one
/// lease time, those that lapse are held as suspect: it is likelier that the way to here is cut than that all of them
/// died, and gateways see for themselves who is alive. So that not even the first of them goes, an instance counts as
/// silent when two of its renewals are missing, before it lapses; those that went within the last lease time count,
/// too.
///
/// **Large fleets**: where instances would renew more often than the registry wants, they are asked to renew more
/// rarely, and their leases last longer in proportion, up to six times as long; each keeps the terms that it was last
/// told. The idea is that of Nomad's `max_heartbeats_per_second`.
///
/// A tombstone remembers the epoch of an instance that is gone. After a LEFT that epoch is over; after an EXPIRED it
/// may come back. Both maps are bounded by the most instances; beyond it the oldest tombstone is forgotten.
public final class Leases {
    private static final int MIN_MASS = 2;

    private final LeaseSettings settings;
    private final long leaseNanos;
    private final long startNanos;
    private final Map<String, Entry> entries = new HashMap<>();
    private final LinkedHashMap<String, Tombstone> tombstones = new LinkedHashMap<>();
    private final ArrayDeque<Expired> recentlyExpired = new ArrayDeque<>();
    private long bytes;
    private int suspects;

    private static final class Entry {
        Instance instance;
        int bytes;
        LeaseTerms terms;
        long renewedNanos;
        boolean suspect;
        long suspectSinceNanos;

        Entry(Instance instance, int bytes, LeaseTerms terms, long nowNanos) {
            this.instance = instance;
            this.bytes = bytes;
            this.terms = terms;
            this.renewedNanos = nowNanos;
        }

        void renew(LeaseTerms granted, long nowNanos) {
            terms = granted;
            renewedNanos = nowNanos;
        }

        long leaseNanos() {
            return TimeUnit.MILLISECONDS.toNanos(terms.leaseMillis());
        }

        boolean isSilent(long nowNanos) {
            long twoRenewals = TimeUnit.MILLISECONDS.toNanos(2 * terms.renewMillis());
            return nowNanos - renewedNanos >= Math.min(leaseNanos(), twoRenewals);
        }
    }

    private record Tombstone(long epoch, boolean left, long untilNanos) {}

    private record Expired(Instance instance, long untilNanos) {}

    /// Leases and failures of one service.
    private static final class Tally {
        int all;
        int silent;

        boolean isMass() {
            return silent >= MIN_MASS && silent * 3 > all;
        }
    }

    /// @param nowNanos when the registry starts
    public Leases(LeaseSettings settings, long nowNanos) {
        this.settings = settings;
        this.leaseNanos = settings.lease().toNanos();
        this.startNanos = nowNanos;
    }

    /// What a register or renewal is granted now.
    public LeaseTerms terms() {
        return settings.terms(entries.size());
    }

    /// Lists an instance, or what has changed of it.
    ///
    /// @param encodedBytes its size in views
    public Outcome register(Instance instance, int encodedBytes, long nowNanos) {
        long highest = highestEpochAgainst(instance.instance(), instance.epoch(), nowNanos);
        if (highest > 0) {
            return new Outcome.Outdated(highest);
        }
        Entry before = entries.get(instance.instance());
        if (before == null && entries.size() >= settings.maxInstances()) {
            return new Outcome.Full("instances: " + entries.size() + ", the limit (fairlead.registry.max-instances)");
        }
        long bytesAfter = bytes + encodedBytes - (before == null ? 0 : before.bytes);
        if (bytesAfter > settings.maxBytes()) {
            return new Outcome.Full("instances: " + bytesAfter + " bytes together (expected: at most "
                    + settings.maxBytes() + ", fairlead.registry.max-view-size)");
        }
        if (before != null && before.instance.compareAge(instance) > 0) {
            // An earlier word of this incarnation, overtaken on the way: it is there, and nothing else.
            before.renew(terms(), nowNanos);
            trust(before);
            return new Outcome.Accepted(Change.NONE);
        }
        remove(before);
        tombstones.remove(instance.instance());
        LeaseTerms terms = settings.terms(entries.size() + 1);
        entries.put(instance.instance(), new Entry(instance, encodedBytes, terms, nowNanos));
        bytes = bytesAfter;
        if (before == null) {
            return up(instance);
        }
        if (before.instance.epoch() != instance.epoch()) {
            return new Outcome.Accepted(
                    new Change(List.of(instance), List.of(gone(before.instance, GoneReason.REPLACED))));
        }
        return before.instance.differsFrom(instance) ? up(instance) : new Outcome.Accepted(Change.NONE);
    }

    /// Prolongs a lease, and takes over what has changed of its instance.
    public Outcome renew(Renewal renewal, long nowNanos) {
        String name = renewal.instance();
        long epoch = renewal.epoch();
        Entry entry = entries.get(name);
        if (entry == null || entry.instance.epoch() != epoch) {
            long highest = highestEpochAgainst(name, epoch, nowNanos);
            return highest > 0 ? new Outcome.Outdated(highest) : new Outcome.Unknown();
        }
        Instance before = entry.instance;
        Instance after = renewal.applyTo(before);
        entry.instance = after;
        entry.renew(terms(), nowNanos);
        trust(entry);
        return before.differsFrom(after) ? up(after) : new Outcome.Accepted(Change.NONE);
    }

    /// Ends a lease at the instance's own wish. What a later incarnation holds is not touched.
    public Change leave(String name, long epoch, long nowNanos) {
        Entry entry = entries.get(name);
        if (entry != null && entry.instance.epoch() > epoch) {
            return Change.NONE;
        }
        bury(name, epoch, true, nowNanos);
        if (entry == null) {
            return Change.NONE;
        }
        remove(entry);
        return new Change(List.of(), List.of(gone(entry.instance, GoneReason.LEFT)));
    }

    /// Ends the leases that have lapsed, or holds them. Takes time in proportion to the leases; call it a few times in
    /// each lease time.
    public Change expire(long nowNanos) {
        forget(nowNanos);
        List<Entry> lapsed = new ArrayList<>();
        List<Entry> over = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.suspect) {
                if (nowNanos - entry.suspectSinceNanos >= settings.suspect().toNanos()) {
                    over.add(entry);
                }
            } else if (nowNanos - entry.renewedNanos >= entry.leaseNanos()) {
                lapsed.add(entry);
            }
        }
        if (!lapsed.isEmpty()) {
            Map<String, Tally> tallies = tallies(nowNanos);
            for (Entry entry : lapsed) {
                if (services(entry.instance).stream().anyMatch(service -> isMass(tallies.get(service)))) {
                    entry.suspect = true;
                    entry.suspectSinceNanos = nowNanos;
                    suspects++;
                } else {
                    over.add(entry);
                }
            }
        }
        if (over.isEmpty()) {
            return Change.NONE;
        }
        List<Gone> gone = new ArrayList<>();
        for (Entry entry : over) {
            if (!entry.suspect) {
                recentlyExpired.add(new Expired(entry.instance, nowNanos + entry.leaseNanos()));
            }
            remove(entry);
            bury(entry.instance.instance(), entry.instance.epoch(), false, nowNanos);
            gone.add(gone(entry.instance, GoneReason.EXPIRED));
        }
        return new Change(List.of(), gone);
    }

    /// Whether this registry is younger than two leases, and so may not know every instance yet.
    public boolean isWarming(long nowNanos) {
        return nowNanos - startNanos < 2 * leaseNanos;
    }

    /// How many instances are listed.
    public int size() {
        return entries.size();
    }

    /// How many of them are held although their lease has lapsed.
    public int suspects() {
        return suspects;
    }

    /// All that is listed, in no order.
    public Collection<Instance> instances() {
        return entries.values().stream().map(entry -> entry.instance).toList();
    }

    /// All leases, in no order.
    public List<Lease> leases(long nowNanos) {
        return entries.values().stream().map(entry -> lease(entry, nowNanos)).toList();
    }

    /// The lease of one instance.
    public Optional<Lease> find(String name, long nowNanos) {
        return Optional.ofNullable(entries.get(name)).map(entry -> lease(entry, nowNanos));
    }

    private Lease lease(Entry entry, long nowNanos) {
        long leftMillis = Math.max(0, (entry.leaseNanos() - (nowNanos - entry.renewedNanos)) / 1_000_000);
        return new Lease(entry.instance, leftMillis, entry.suspect);
    }

    /// The highest epoch that speaks against this one; 0 if none does.
    private long highestEpochAgainst(String name, long epoch, long nowNanos) {
        Entry entry = entries.get(name);
        if (entry != null) {
            return entry.instance.epoch() > epoch ? entry.instance.epoch() : 0;
        }
        Tombstone tombstone = tombstones.get(name);
        if (tombstone == null || tombstone.untilNanos() - nowNanos <= 0) {
            return 0;
        }
        boolean over = tombstone.epoch() > epoch || (tombstone.left() && tombstone.epoch() == epoch);
        return over ? tombstone.epoch() : 0;
    }

    private Map<String, Tally> tallies(long nowNanos) {
        Map<String, Tally> tallies = new HashMap<>();
        for (Entry entry : entries.values()) {
            count(tallies, entry.instance, entry.isSilent(nowNanos));
        }
        recentlyExpired.forEach(expired -> count(tallies, expired.instance(), true));
        return tallies;
    }

    private static void count(Map<String, Tally> tallies, Instance instance, boolean silent) {
        for (String service : services(instance)) {
            Tally tally = tallies.computeIfAbsent(service, name -> new Tally());
            tally.all++;
            if (silent) {
                tally.silent++;
            }
        }
    }

    private static boolean isMass(@Nullable Tally tally) {
        return tally != null && tally.isMass();
    }

    /// Instances without any service count as those of one service.
    private static List<String> services(Instance instance) {
        return instance.services().isEmpty()
                ? List.of("")
                : instance.services().stream()
                        .map(ServiceOffer::name)
                        .distinct()
                        .toList();
    }

    private void remove(@Nullable Entry entry) {
        if (entry != null) {
            trust(entry);
            bytes -= entry.bytes;
            entries.remove(entry.instance.instance());
        }
    }

    private void trust(Entry entry) {
        if (entry.suspect) {
            entry.suspect = false;
            suspects--;
        }
    }

    private void bury(String name, long epoch, boolean left, long nowNanos) {
        long untilNanos = nowNanos + settings.tombstone().toNanos();
        // Removed first: the map is in the order of the times.
        Tombstone before = tombstones.remove(name);
        tombstones.put(
                name,
                before != null && before.epoch() > epoch
                        ? new Tombstone(before.epoch(), before.left(), untilNanos)
                        : new Tombstone(epoch, left, untilNanos));
        if (tombstones.size() > settings.maxInstances()) {
            tombstones.pollFirstEntry();
        }
    }

    private void forget(long nowNanos) {
        // In the order of their times.
        Iterator<Tombstone> buried = tombstones.values().iterator();
        while (buried.hasNext() && buried.next().untilNanos() - nowNanos <= 0) {
            buried.remove();
        }
        recentlyExpired.removeIf(expired -> expired.untilNanos() - nowNanos <= 0);
    }

    private static Outcome up(Instance instance) {
        return new Outcome.Accepted(new Change(List.of(instance), List.of()));
    }

    private static Gone gone(Instance instance, GoneReason reason) {
        return new Gone(instance.instance(), instance.epoch(), reason);
    }
}
