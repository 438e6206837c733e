package io.fairlead.gateway.balance;

/// An instance as the policies see it. Confined to its loop.
///
/// [#name], [#weight] and [#zone] are read when a [Picker] is built, the rest at each choice.
public interface Candidate {
    /// Unique, and the same in every gateway: consistent hashing starts from it.
    String name();

    /// Share of calls beside its peers, 1 to 1,000.
    int weight();

    /// Where it runs; empty = unknown.
    String zone();

    /// Whether it may get calls at all: it is connected, not suspect, not leaving, and no breaker holds it out.
    boolean isAvailable(long nowNanos);

    /// Whether it takes bytes at once. One that does not is chosen only where nothing else is available.
    boolean isWritable();

    /// Its load; always the same object.
    Load load();
}
