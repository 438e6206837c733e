package io.fairlead.gateway.balance;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2016), for calls with an affinity
/// key; all others go to another picker.
///
/// Each candidate has points on a ring, in proportion to its weight; a key belongs to the candidate of the next
/// point. One that is not fit, or has more in flight than `bound` times its share of all that is in flight,
/// passes the key on to the next. So a key stays where it is unless its candidate leaves or is overloaded, and
/// one hot key cannot sink a candidate. Names alone decide where the points are, so all loops and gateways
/// agree.
///
/// Costs a binary search and mostly one look at a candidate. The ring is made when the first key comes.
final class HashRing<C extends Candidate> extends Snapshot<C> {
    /// Calls in flight below which no candidate counts as overloaded: with little traffic the bound would be
    /// one call.
    private static final int CALM = 4;

    /// Points of a candidate of the usual weight of 100: shares differ by about a tenth, which the bound evens
    /// out.
    private static final double POINTS_PER_WEIGHT = 1.28;

    private static final int MAX_POINTS = 1 << 17;

    /// Points that are looked at before the other picker decides.
    private static final int MAX_STEPS = 512;

    private static final int OWNER_BITS = 20;
    private static final long OWNER_MASK = (1L << OWNER_BITS) - 1;

    private final Picker<C> unkeyed;
    private final double[] share;
    private final long totalWeight;
    private long @Nullable [] points;
    private long countedAtNanos;
    private boolean counted;
    private long inFlight;

    /// @param unkeyed for calls without a key, and where no candidate is fit for the key
    /// @param bound most that a candidate gets, in shares; above 1
    HashRing(List<C> candidates, Picker<C> unkeyed, double bound) {
        super(candidates);
        this.unkeyed = unkeyed;
        long total = 0;
        for (C candidate : candidates) {
            total += candidate.weight();
        }
        this.totalWeight = total;
        this.share = new double[candidates.size()];
        for (int i = 0; i < share.length; i++) {
            share[i] = bound * candidates.get(i).weight() / total;
        }
    }

    @Override
    public @Nullable C pick(PickArgs args, long nowNanos) {
        long hash = args.affinityHash();
        if (hash == 0) {
            return unkeyed.pick(args, nowNanos);
        }
        long[] ring = ring();
        long all = inFlight(nowNanos) + 1;
        int at = Arrays.binarySearch(ring, hash & ~OWNER_MASK);
        at = at < 0 ? -at - 1 : at;
        for (int step = Math.min(ring.length, MAX_STEPS); step > 0; step--, at++) {
            if (at >= ring.length) {
                at = 0;
            }
            int owner = (int) (ring[at] & OWNER_MASK);
            C candidate = at(owner);
            int load = candidate.load().inFlight();
            if ((load < CALM || load < share[owner] * all) && isFit(candidate, args, nowNanos)) {
                inFlight++;
                return candidate;
            }
        }
        return unkeyed.pick(args, nowNanos);
    }

    /// What is in flight at all candidates: counted once a pass, then kept by what is chosen.
    private long inFlight(long nowNanos) {
        if (!counted || countedAtNanos != nowNanos) {
            counted = true;
            countedAtNanos = nowNanos;
            inFlight = 0;
            for (int i = 0; i < share.length; i++) {
                inFlight += at(i).load().inFlight();
            }
        }
        return inFlight;
    }

    /// Sorted; the upper bits of each are its place, the lower ones its owner.
    private long[] ring() {
        long[] made = points;
        if (made == null) {
            made = makeRing();
            points = made;
        }
        return made;
    }

    private long[] makeRing() {
        double perWeight = POINTS_PER_WEIGHT;
        while (totalWeight * perWeight > MAX_POINTS) {
            perWeight /= 2;
        }
        long[] ring = new long[share.length];
        int n = 0;
        for (int owner = 0; owner < share.length; owner++) {
            C candidate = at(owner);
            long name = KeyHash.of(candidate.name());
            int own = Math.max(1, (int) Math.round(candidate.weight() * perWeight));
            if (n + own > ring.length) {
                ring = Arrays.copyOf(ring, Math.max(2 * ring.length, n + own));
            }
            for (int i = 0; i < own; i++) {
                ring[n++] = (KeyHash.mix(name + i * 0x9e3779b97f4a7c15L) & ~OWNER_MASK) | owner;
            }
        }
        ring = Arrays.copyOf(ring, n);
        Arrays.sort(ring);
        return ring;
    }
}
