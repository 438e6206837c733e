package io.fairlead.link;

import io.fairlead.integration.netty.ReadBatch;
import org.jspecify.annotations.Nullable;

/// What goes on over one connection of a [TcpEndpoint]. All methods are called on the connection's loop and must not
/// block.
public interface Conversation {
    /// What was decoded in one read pass.
    ///
    /// @param batch valid only during this call
    void read(ReadBatch batch);

    /// A read pass is over, whether or not it completed a message.
    default void readComplete() {}

    /// The peer sends no more, but may still read.
    void inputEnded();

    /// The connection became writable, or stopped being so.
    void writabilityChanged();

    /// Decoding failed: nothing more will be read. The conversation ends the connection.
    void failed(Throwable cause);

    /// The connection is gone. Called once.
    ///
    /// @param cause null if it was closed in an orderly way
    void closed(@Nullable Throwable cause);
}
