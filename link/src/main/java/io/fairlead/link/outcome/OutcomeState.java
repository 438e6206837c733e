package io.fairlead.link.outcome;

/// What became of a call or message with a key.
public enum OutcomeState {
    /// It has had its effect.
    DONE,
    /// It is under way: a handler runs, or its message will be delivered.
    RUNNING,
    /// It may have had its effect, and nobody can tell.
    UNKNOWN,
    /// Its message has been given up: a dead letter, set aside, expired or dropped.
    DEAD,
    /// Nobody who was asked knows the key: it never came, or what is known of it has been forgotten.
    NEVER_SEEN
}
