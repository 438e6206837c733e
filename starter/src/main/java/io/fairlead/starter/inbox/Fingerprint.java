package io.fairlead.starter.inbox;

import io.fairlead.wire.Route;

/// Says which part of a payload must be the same when its key comes again. A bean of this type serves all
/// services that
/// `fairlead.inbox.fingerprint` does not name. Thread-safe.
///
/// @since 0.2
@FunctionalInterface
public interface Fingerprint {
    /// The bytes that count; of a repeat they must be the same.
    ///
    /// @param payload not to be changed; may be returned
    byte[] significant(Route route, byte[] payload);
}
