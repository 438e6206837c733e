package io.fairlead.client;

import io.fairlead.link.outcome.OutcomeApi;
import io.fairlead.link.outcome.OutcomeState;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// What became of a key.
///
/// | state | what to do |
/// | --- | --- |
/// | DONE | nothing: it has had its effect. [#reply] is the stored reply, if there is one |
/// | RUNNING | wait: a handler runs, or the message will be delivered |
/// | UNKNOWN | ask again later, or look: it may have had its effect, or nobody could be asked. [#reason] says which |
/// | DEAD | mend what [#reason] says, and have it replayed or send another one: the message was given up |
/// | NEVER_SEEN | send it, again with the same key |
///
/// @param reply null unless it is done and has one; not copied
/// @param reason for people; empty if there is nothing to tell
/// @param messageId the journal's name of the message; null if it was a call
/// @param at since when it is so; null if that is not known
@SuppressWarnings("ArrayRecordComponent") // handed over and never compared
public record Outcome(
        OutcomeState state,
        byte @Nullable [] reply,
        String reason,
        @Nullable String messageId,
        @Nullable Instant at) {
    /// @throws IllegalArgumentException if the reply is not Base64
    static Outcome of(OutcomeApi.Answer answer) {
        String reply = answer.replyBase64();
        String reason = answer.reason();
        return new Outcome(
                answer.state(),
                reply == null ? null : Base64.getDecoder().decode(reply),
                reason == null ? "" : reason,
                answer.messageId(),
                answer.atMillis() == 0 ? null : Instant.ofEpochMilli(answer.atMillis()));
    }
}
