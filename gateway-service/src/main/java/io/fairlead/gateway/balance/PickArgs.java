package io.fairlead.gateway.balance;

/// What a policy may know of the call for which it chooses.
public interface PickArgs {
    /// Hash of the call's affinity key; 0 = it has none.
    long affinityHash();

    /// Whether the call was written to this candidate before: then any other is better.
    boolean hasTried(Object candidate);
}
