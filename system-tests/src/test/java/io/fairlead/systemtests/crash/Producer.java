package io.fairlead.systemtests.crash;

/// Sends numbered messages or calls, and writes down what it was told. Each of its keys has at most one on its
/// way, which is sent again, with the same idempotency key, until it is acknowledged, as the clients of such
/// systems do.
interface Producer extends AutoCloseable {
    void start();

    /// Begins nothing new; what is on its way is still sent until it is acknowledged.
    void stop();

    /// Messages and calls that are on their way.
    int outstanding();

    long acknowledged();

    /// Gives up what is on its way, and closes the history.
    @Override
    void close();
}
