package io.fairlead.gateway.listener;

import io.fairlead.link.CloseReason;
import io.netty.channel.EventLoop;

/// One client of a listener, whatever it speaks. Confined to its loop, but for the first four.
interface ClientConversation {
    /// Unique in this gateway.
    String id();

    /// Where everything of it happens.
    EventLoop loop();

    /// For screens; approximate.
    ConnectionStatus status(String listener);

    /// Bytes of replies that the client has not read; approximate.
    long queuedBytes();

    /// Ends in a way that costs the client nothing: a native one is told to send new calls elsewhere, a foreign one is
    /// served on until a moment between two messages with nothing in flight. The first call counts.
    ///
    /// @param reason why it will have ended
    /// @param why for people
    void goAway(CloseReason reason, String why);

    /// After [#goAway], for one that is never idle: takes no more messages, answers those it took, and ends.
    void finish();

    /// Ends now; calls in flight run on, and their answers go nowhere.
    void close(CloseReason reason, String detail);
}
