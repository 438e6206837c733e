package io.fairlead.gateway.journal;

import io.fairlead.wire.Status;
import io.netty.channel.EventLoop;

/// Who waits for a message to be on disk. Exactly one of [#accepted] and [#refused] is called, on [#loop].
public interface Acceptance {
    /// Where it waits.
    EventLoop loop();

    /// The message is on disk and has its id.
    void accepted(Message message);

    /// The message was not acknowledged.
    ///
    /// @param certainlyNotKept whether it certainly is not in the store
    void refused(Status status, boolean certainlyNotKept, String why);
}
