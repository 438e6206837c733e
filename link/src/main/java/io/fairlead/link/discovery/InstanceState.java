package io.fairlead.link.discovery;

/// Whether an instance takes new calls.
public enum InstanceState {
    /// It does.
    UP,
    /// It finishes what it has and leaves.
    DRAINING
}
