package io.fairlead.gateway.journal;

import java.util.List;

/// What is written in one transaction.
///
/// @param accepted new messages, in the order in which they get their ids
/// @param ended messages that change their state
/// @param failed attempts that failed and will be followed by others, or by the end in `ended`
public record Changes(List<Message> accepted, List<End> ended, List<FailedAttempt> failed) {
    /// A message changes its state; without effect if it is not in the state `from` any more.
    ///
    /// @param id of the message
    /// @param binding of the message, for the books
    /// @param from READY or DELAYED (which count as the same), or a state that is set aside
    /// @param to not in flight
    /// @param reason for people; empty if DONE
    public record End(long id, Binding binding, MessageState from, MessageState to, long atMillis, String reason) {
        /// Takes characters out of the reason that not every store can keep.
        public End {
            reason = storable(reason);
        }
    }

    /// An attempt that failed.
    ///
    /// @param number from 1
    /// @param instance that had it; empty if none did
    /// @param status gRPC's name of it
    /// @param reason for people
    /// @param crashed whether it ended with its worker
    public record FailedAttempt(
            long id, int number, long atMillis, String instance, String status, String reason, boolean crashed) {
        /// Takes characters out of the texts that not every store can keep.
        public FailedAttempt {
            instance = storable(instance);
            reason = storable(reason);
        }
    }

    /// PostgreSQL keeps no NUL in a text; what a worker says may have any.
    private static String storable(String text) {
        return text.replace('\0', '\ufffd');
    }
}
