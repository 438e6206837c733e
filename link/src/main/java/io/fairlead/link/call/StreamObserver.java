package io.fairlead.link.call;

/// Sees the parts of a stream of answers, too. A call with any other observer wants one answer: it is cancelled and
/// fails with INTERNAL when a part comes.
public interface StreamObserver extends CallObserver {
    /// A part of a stream came; more will follow, [#reply] as the last.
    void part(Reply part);
}
