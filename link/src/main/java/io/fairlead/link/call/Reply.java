package io.fairlead.link.call;

import io.fairlead.wire.Metadata;

/// What a handler answered.
///
/// @param payload the receiver's own: may be kept and changed
@SuppressWarnings("ArrayRecordComponent") // payloads are passed on and never compared
public record Reply(Metadata metadata, byte[] payload) {}
