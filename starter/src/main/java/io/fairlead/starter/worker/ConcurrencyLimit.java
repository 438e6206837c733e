package io.fairlead.starter.worker;

/// How many handlers may run at a time. Thread-safe.
interface ConcurrencyLimit {
    /// At least 1.
    int limit();

    /// A handler ended.
    ///
    /// @param startNanos when it began, on the clock of `System.nanoTime`
    /// @param nanos how long it ran
    /// @param inFlight handlers that ran when it began, itself included
    /// @param dropped it was of no use to its caller any more: the deadline passed
    void ended(long startNanos, long nanos, int inFlight, boolean dropped);

    /// Always the same.
    static ConcurrencyLimit fixed(int limit) {
        return new ConcurrencyLimit() {
            @Override
            public int limit() {
                return limit;
            }

            @Override
            public void ended(long startNanos, long nanos, int inFlight, boolean dropped) {
                // Nothing to learn.
            }
        };
    }
}
