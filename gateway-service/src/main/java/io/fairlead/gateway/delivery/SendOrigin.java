package io.fairlead.gateway.delivery;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.CallOrigin;

/// Where durable messages come from. On the loop of the connection, as all of [CallOrigin].
///
/// Each message gets exactly one [#acknowledged] or one [#failed], unless its origin has gone.
public interface SendOrigin extends CallOrigin {
    /// It is on disk.
    ///
    /// @param messageId the journal's name of it
    void acknowledged(Call call, String messageId);
}
