package io.fairlead.client;

import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;

/// Hears how a call ended: exactly one of its methods is called, once, on a virtual thread, where it may
/// block, or where [FairleadClient.Builder#executor] says.
public interface Callback {
    /// The call was answered.
    void replied(Reply reply);

    /// The call ended otherwise. [CallException#certainlyNotRun] tells whether it is safe to repeat it.
    void failed(CallException failure);
}
