package io.fairlead.benchmarks.rpc;

import io.fairlead.client.Callback;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;

/// Our client with its defaults: one connection to a gateway, a deadline for each call, callbacks on virtual threads.
final class FairleadPeer extends CallPeer {
    private static final int ENOUGH = 1 << 16;

    private final FairleadClient client;

    FairleadPeer(int port) {
        client = FairleadClient.builder()
                .addresses("127.0.0.1:" + port)
                .maxInFlight(ENOUGH)
                .build();
    }

    @Override
    void call(byte[] payload, Slot slot) {
        client.call("echo/echo", payload, new Callback() {
            @Override
            public void replied(Reply reply) {
                slot.answered(reply.payload());
            }

            @Override
            public void failed(CallException failure) {
                slot.failed(failure);
            }
        });
    }

    @Override
    public void close() {
        client.close();
    }
}
