package io.fairlead.gateway.call;

import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;

/// Where a call came from and its answer goes. All methods are called on the call's loop.
///
/// Each call gets exactly one [#answered] with a last frame, or one [#failed], unless its origin cancels it.
public interface CallOrigin {
    /// A RESPONSE came from a worker.
    ///
    /// @param buf holds the frame at `at`; valid only during this call
    /// @param last whether this ends the call; if not, more will follow
    void answered(Call call, ByteBuf buf, int at, boolean last);

    /// The call ended without a RESPONSE.
    ///
    /// @param certainlyNotRun no handler can have seen it
    /// @param retryAfterMillis hint for the client; 0 = none
    void failed(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message);

    /// Stop reading from the client: an upstream cannot take more. Counted: as many [#resume] follow.
    void pause();

    /// See [#pause].
    void resume();
}
