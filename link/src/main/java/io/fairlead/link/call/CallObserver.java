package io.fairlead.link.call;

/// Sees the answer of a call; a [StreamObserver] sees those of a stream. Called on the client's event loop, one at a
/// time: must not block.
public interface CallObserver {
    /// The answer came, or the last part of a stream.
    void reply(Reply reply);

    /// The call ended otherwise.
    void failed(CallException failure);
}
