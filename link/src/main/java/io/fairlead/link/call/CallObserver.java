package io.fairlead.link.call;

/// Sees the answers of a call. Called on the client's event loop, one at a time: must not block.
public interface CallObserver {
    /// A part of a stream came; more will follow.
    default void part(Reply part) {}

    /// The last answer came.
    void reply(Reply reply);

    /// The call ended otherwise.
    void failed(CallException failure);
}
