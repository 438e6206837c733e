package io.fairlead.gateway.upstream;

import io.fairlead.gateway.call.Call;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;

/// What became of calls that were written to an instance: told by its link, on the loop.
interface Outcomes {
    /// A RESPONSE came.
    ///
    /// @param buf holds the frame at `at`; valid only during this call
    /// @param last whether it ends the call
    void answered(Call call, ByteBuf buf, int at, boolean last);

    /// An ERROR or a REFUSAL came.
    ///
    /// @param refused the call certainly has not run
    void answeredWithStatus(Call call, Status status, boolean refused, long retryAfterMillis, String message);

    /// The call certainly has not run: where the instance was the reason, another one may take it.
    void notRun(Call call, Status status, long retryAfterMillis, String message);

    /// The call was written to a link that has ended: it may have run.
    void lost(Call call, String why);

    /// An answer came after its call had ended, and was dropped.
    void lateReply();
}
