package io.fairlead.starter.inbox;

import io.fairlead.starter.Reconciliation;

/// Finds out what became of an effect outside the database; the reply is what would have been stored.
///
/// @since 0.2
@FunctionalInterface
public interface Reconciler {
    /// @param payload of the request that asks again
    Reconciliation<StoredReply> reconcile(String key, byte[] payload) throws Throwable;
}
