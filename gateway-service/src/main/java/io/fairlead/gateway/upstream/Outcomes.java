package io.fairlead.gateway.upstream;

import io.fairlead.gateway.call.Call;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;

/// What became of attempts: told by the link they were written to, on the loop.
interface Outcomes {
    /// A RESPONSE came.
    ///
    /// @param buf holds the frame at `at`; valid only during this call
    /// @param last whether it ends the call
    void answered(InstanceLink from, Call call, ByteBuf buf, int at, boolean last);

    /// An ERROR or a REFUSAL came.
    ///
    /// @param refused the attempt certainly has not run
    void answeredWithStatus(
            InstanceLink from, Call call, Status status, boolean refused, long retryAfterMillis, String message);

    /// The attempt certainly has not run: the instance was going away.
    void notTaken(InstanceLink from, Call call, String why);

    /// The attempt was written to a link that has ended: it may have run.
    void lost(InstanceLink from, Call call, String why);

    /// An answer came after its call had ended, and was dropped.
    void lateReply();

    /// An instance may have room for another call, or can be used, or can no longer be used.
    void roomMade();
}
