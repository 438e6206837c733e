package io.fairlead.starter.inbox;

import org.jspecify.annotations.Nullable;

/// A durable message on its way through the inbox. Ends with exactly one of [#done] and [#failed], unless
/// [#prepare] has answered it.
///
/// @since 0.2
public interface Delivery extends Handler {
    /// Reads it, on a thread that may block.
    ///
    /// @return null if it was answered without running: expired, or unreadable
    @Nullable KeyedRequest prepare();

    /// From 1.
    int attempt();

    /// Committed; this is the reply, of now or of the first time.
    void done(StoredReply reply);

    /// Rolled back, or not run.
    void failed(Throwable reason);
}
