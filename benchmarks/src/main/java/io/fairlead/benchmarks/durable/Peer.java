package io.fairlead.benchmarks.durable;

/// A server that acknowledges messages, with its client and a fresh place for messages.
interface Peer {
    /// Keeps `window` messages in flight until the measurement is over; returns when all are answered or
    /// [Measurement#DRAIN_SECONDS] have gone.
    ///
    /// @param payload of each message; not changed
    void run(int window, byte[] payload, Measurement measurement) throws Exception;

    /// Deletes the messages and disconnects.
    void close() throws Exception;
}
