package io.fairlead.benchmarks.worker;

import io.fairlead.starter.FairleadService;
import io.fairlead.starter.Receive;

/// Receives durable messages. All that is committed is the inbox's row of the message.
@FairleadService("orders")
class Orders {
    @Receive
    void place(byte[] order) {}
}
