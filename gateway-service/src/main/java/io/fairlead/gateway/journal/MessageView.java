package io.fairlead.gateway.journal;

import java.util.List;

/// A message as people see it.
///
/// @param payloadBytes length of the payload, which itself is only there when one message is looked for
/// @param intact whether its checksum is that of what was written; only then may it be replayed. Nobody has
///     looked, and it is true, where the payload is not there
/// @param endedMillis wall clock; 0 while it is in flight
/// @param reason of its end; empty if there is none to tell
/// @param replayedAs ids of the messages that repeat it
/// @param history of its failed attempts, oldest first
public record MessageView(
        Message message,
        MessageState state,
        long payloadBytes,
        boolean intact,
        long endedMillis,
        String reason,
        List<Long> replayedAs,
        List<Changes.FailedAttempt> history) {
    /// Copies the lists.
    public MessageView {
        replayedAs = List.copyOf(replayedAs);
        history = List.copyOf(history);
    }
}
