package io.fairlead.gateway.balance;

/// How a picker chooses. Immutable.
///
/// @param policy for calls without an affinity key
/// @param zone of this gateway, whose candidates are preferred; empty = none
/// @param spillAt share of a local candidate's places above which calls may go to other zones, above 0
/// @param hashBound most calls in flight that a candidate gets for affinity keys, in shares, above 1
public record PickSettings(Policy policy, String zone, double spillAt, double hashBound) {
    /// @throws IllegalArgumentException if a value is out of its bounds
    public PickSettings {
        if (!(spillAt > 0) || !(hashBound > 1)) {
            throw new IllegalArgumentException(
                    "spill-at and hash-bound: " + spillAt + " and " + hashBound + " (expected: above 0 and above 1)");
        }
    }

    /// A policy with the usual bounds and without zones.
    public static PickSettings of(Policy policy) {
        return new PickSettings(policy, "", 0.8, 1.25);
    }

    /// These settings in a zone.
    public PickSettings inZone(String name) {
        return new PickSettings(policy, name, spillAt, hashBound);
    }
}
