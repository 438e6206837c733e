package io.fairlead.cli.demo;

import org.jspecify.annotations.Nullable;

/// A request with a number of its own, and how to tell its answer from every other.
interface Exchange {
    /// What an answer is.
    enum Outcome {
        /// The right answer to this request.
        RIGHT,
        /// An answer to another request, or one that says something else than it must.
        WRONG,
        /// This request was refused or failed.
        FAILED,
        /// This request may have run: the client has to ask again.
        UNKNOWN
    }

    /// The message without its framing.
    byte[] request();

    /// What the reply to this request is.
    Outcome judge(byte[] reply);

    /// What the client sends when told that its request may have run; null if its protocol has nothing for that.
    byte @Nullable [] repeat();

    /// What the client sends on its next connection when the one before ended without an answer.
    byte[] afterReconnect();
}
