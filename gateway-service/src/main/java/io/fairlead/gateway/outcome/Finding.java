package io.fairlead.gateway.outcome;

import io.fairlead.link.outcome.OutcomeState;
import org.jspecify.annotations.Nullable;

/// One thing that is known of a key.
///
/// @param source `journal`, or `inbox` of the service's workers
/// @param method null if it is not known
/// @param identity whose key it is
/// @param listener that took the message; null if it was a call
/// @param messageId the journal's name of the message; null if it was a call
/// @param attempts that failed
/// @param reason for people; empty if there is nothing to tell
/// @param reply what the handler answered, if that is kept; null otherwise
/// @param atMillis since when it is so, wall clock; 0 = not known
@SuppressWarnings("ArrayRecordComponent") // shown and never compared
public record Finding(
        OutcomeState state,
        String source,
        String service,
        @Nullable String method,
        String identity,
        @Nullable String listener,
        @Nullable String messageId,
        int attempts,
        String reason,
        byte @Nullable [] reply,
        long atMillis) {
    static final String JOURNAL = "journal";
    static final String INBOX = "inbox";

    /// What the inbox of a service's workers said of a key that was not a message, or what is known instead.
    static Finding ofInbox(OutcomeState state, String service, String identity, String reason) {
        return new Finding(state, INBOX, service, null, identity, null, null, 0, reason, null, 0);
    }
}
