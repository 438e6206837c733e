package io.fairlead.starter.inbox;

import org.jspecify.annotations.Nullable;

/// What is known of a key.
///
/// @param method of the service, null unless the key is kept
/// @param reply null unless done
/// @param atMillis when it was done or started, wall clock; 0 if it is not kept
public record KeyOutcome(
        State state, @Nullable String method, @Nullable StoredReply reply, long atMillis) {
    static final KeyOutcome NEVER_SEEN = new KeyOutcome(State.NEVER_SEEN, null, null, 0);
    static final KeyOutcome RUNNING = new KeyOutcome(State.RUNNING, null, null, 0);

    /// How it stands with a key.
    public enum State {
        /// Its effect and its reply are kept.
        DONE,
        /// A handler runs.
        RUNNING,
        /// An effect outside the database was begun, and who began it is gone.
        UNKNOWN,
        /// Not kept: it never came, was rolled back, or its retention is over.
        NEVER_SEEN
    }
}
