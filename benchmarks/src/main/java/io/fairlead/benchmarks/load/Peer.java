package io.fairlead.benchmarks.load;

/// A server that answers calls or acknowledges messages, with its client.
public interface Peer {
    /// Keeps `window` of them in flight until the measurement is over, or has them arrive at the load's rate;
    /// returns when all are answered or [Measurement#DRAIN_SECONDS] have gone.
    ///
    /// @param payload of each; not changed
    void run(LoadOptions load, byte[] payload, Measurement measurement) throws Exception;

    /// Deletes the messages and disconnects.
    void close() throws Exception;

    /// Connects to a peer's port on loopback, with a fresh place for messages.
    interface Connector {
        Peer connect(int port) throws Exception;
    }
}
