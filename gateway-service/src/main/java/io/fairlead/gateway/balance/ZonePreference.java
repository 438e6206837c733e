package io.fairlead.gateway.balance;

import org.jspecify.annotations.Nullable;

/// Keeps calls in the gateway's zone as long as its candidates have capacity for them.
///
/// Where Envoy's zone-aware routing computes the share that may stay from the sizes of both sides' zones, which
/// a gateway does not know here, this spills by what is seen: the local candidate that the policy has chosen
/// keeps the call while less than `spillAt` of its places are taken (by its own hints, which count other
/// gateways' calls, too). Above that the better of it and one elsewhere gets the call. So the local zone fills
/// up to about `spillAt`, only what exceeds it leaves, and a zone whose workers are slow fills up and spills,
/// too.
final class ZonePreference<C extends Candidate> implements Picker<C> {
    private final Picker<C> local;
    private final Picker<C> elsewhere;
    private final double spillAt;

    ZonePreference(Picker<C> local, Picker<C> elsewhere, double spillAt) {
        this.local = local;
        this.elsewhere = elsewhere;
        this.spillAt = spillAt;
    }

    @Override
    public @Nullable C pick(PickArgs args, long nowNanos) {
        C near = local.pick(args, nowNanos);
        boolean fit = near != null && Snapshot.isFit(near, args, nowNanos);
        if (near != null && fit && near.load().utilization(nowNanos) < spillAt) {
            return near;
        }
        C far = elsewhere.pick(args, nowNanos);
        if (near == null || far == null) {
            return near != null ? near : far;
        }
        boolean farFit = Snapshot.isFit(far, args, nowNanos);
        if (fit && farFit) {
            return far.load().utilization(nowNanos) < near.load().utilization(nowNanos) ? far : near;
        }
        return farFit || (!fit && rank(far, args, nowNanos) > rank(near, args, nowNanos)) ? far : near;
    }

    private static int rank(Candidate candidate, PickArgs args, long nowNanos) {
        return Snapshot.rank(candidate, args, nowNanos);
    }

    @Override
    public int size() {
        return local.size() + elsewhere.size();
    }
}
