package io.fairlead.link;

import io.netty.buffer.ByteBuf;

/// What a link's owner does with its frames. All methods are called on the link's event loop and must not
/// block.
public interface LinkHandler {
    /// Both sides have said HELLO; frames may be sent.
    default void opened(Link link) {}

    /// A REQUEST, RESPONSE, ERROR, REFUSAL or CANCEL came. The link itself answers PING and looks after
    /// HELLO.
    ///
    /// @param buf holds the frame and perhaps others; valid only during this call: copy, or retain a slice
    /// @param at index of the frame's first byte
    void frame(Link link, ByteBuf buf, int at);

    /// The peer takes no new calls; those above `lastId` certainly did not run.
    default void goingAway(Link link, long lastId, String why) {}

    /// Feature bits that this side of accepted links takes, of [io.fairlead.wire.Hello#REPEATS] (a REQUEST
    /// with [io.fairlead.wire.Frames#FLAG_REPEATED] is answered with UNKNOWN where running it again is not
    /// safe) and [io.fairlead.wire.Hello#SENDS] (a REQUEST with [io.fairlead.wire.Frames#FLAG_SEND] is kept).
    default long features() {
        return 0;
    }

    /// How many more calls this side would take now, for the heartbeats of an accepted link; -1 = not said.
    default int freePlaces(Link link) {
        return -1;
    }

    /// An acceptor's heartbeat said how many more calls it would take now.
    default void peerFreePlaces(Link link, int places) {}

    /// Whether nothing is under way, so that heartbeats of a link on which nothing is said may become rare. Asked
    /// now and then while nothing is read or written but them. True only where nobody minds that a peer which
    /// falls silent meanwhile is missed that much later.
    default boolean isIdle(Link link) {
        return false;
    }

    /// [Link#isSuspect] changed; told half a heartbeat interval late at most, when it turned false.
    default void suspectChanged(Link link) {}

    /// All frames of one read pass have been handed over.
    default void readComplete(Link link) {}

    /// [Link#isWritable] changed.
    default void writabilityChanged(Link link) {}

    /// The peer sends no more, but may still read. Ends the link, unless overridden by who still owes
    /// answers.
    default void inputEnded(Link link) {
        link.close(CloseReason.PEER_CLOSED, "");
    }

    /// The link has ended. Called once for each link that was [#opened], and for no other.
    ///
    /// @param detail for people; may be empty
    void closed(Link link, CloseReason reason, String detail);

    /// A connection ended before it became a link, or could not be opened.
    default void failed(String peer, CloseReason reason, String detail) {}
}
