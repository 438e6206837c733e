package io.fairlead.gateway.breaker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Decides which instances of a method open breakers keep out. A pure function of what is known of the instances,
/// so that all loops, which share the breakers, come to the same result.
///
/// - At most `max-percent` of the instances are kept out, but one of two or more always may be; a lone instance only
///   at 100 %. Those whose breakers opened first go first, so that who is out stays out while others open.
/// - **Panic**: when less than `panic-threshold` percent are connected with a closed breaker, none is kept out.
///   Envoy's rule for health checks ("panic threshold"), here for breakers.
public final class Ejections {
    /// An instance that offers the method and wants calls (not draining).
    ///
    /// @param name of the instance
    /// @param connected whether there is a link to it
    /// @param open whether its breaker lets no call, or only probes, through
    /// @param openedNanos when its breaker left the closed state, on the clock of `System.nanoTime`; ignored while
    ///     closed
    public record Member(String name, boolean connected, boolean open, long openedNanos) {}

    /// @param panic whether open breakers are ignored, because too few instances are left
    /// @param ejected names of the instances that are kept out
    public record Decision(boolean panic, Set<String> ejected) {
        /// No breaker is open.
        public static final Decision NONE = new Decision(false, Set.of());

        /// @param ejected copied
        public Decision {
            ejected = Set.copyOf(ejected);
        }

        /// Whether breakers have no part in the choice.
        boolean isNone() {
            return !panic && ejected.isEmpty();
        }
    }

    private static final Comparator<Member> OPENED_FIRST =
            // Differences, because the clock of System.nanoTime may overflow between two.
            ((Comparator<Member>) (a, b) -> Long.signum(a.openedNanos() - b.openedNanos())).thenComparing(Member::name);

    private Ejections() {}

    /// @param members of one method
    public static Decision decide(List<Member> members, EjectionProperties rules) {
        List<Member> open = new ArrayList<>();
        int available = 0;
        for (Member member : members) {
            if (member.open()) {
                open.add(member);
            } else if (member.connected()) {
                available++;
            }
        }
        if (open.isEmpty()) {
            return Decision.NONE;
        }
        if (available * 100L < (long) rules.panicThreshold() * members.size()) {
            return new Decision(true, Set.of());
        }
        open.sort(OPENED_FIRST);
        Set<String> ejected = new HashSet<>();
        open.stream().limit(allowed(members.size(), rules.maxPercent())).forEach(member -> ejected.add(member.name()));
        return new Decision(false, ejected);
    }

    /// How many of so many may be kept out.
    static int allowed(int members, int maxPercent) {
        int share = (int) ((long) members * maxPercent / 100);
        return maxPercent > 0 && members > 1 ? Math.max(1, share) : share;
    }
}
