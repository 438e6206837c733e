package io.fairlead.starter.inbox;

/// The application's work for one request, on the thread that holds the transaction.
///
/// @since 0.2
@FunctionalInterface
public interface Handler {
    /// Runs it; more than once if its transaction was rolled back.
    StoredReply handle() throws Throwable;
}
