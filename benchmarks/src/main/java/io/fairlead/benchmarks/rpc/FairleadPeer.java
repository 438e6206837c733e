package io.fairlead.benchmarks.rpc;

import io.fairlead.client.Callback;
import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;

/// Our client: one connection to a gateway, a deadline for each call.
final class FairleadPeer extends CallPeer {
    private static final int ENOUGH = 1 << 16;

    private final FairleadClient client;

    private FairleadPeer(FairleadClient.Builder builder, int port) {
        client = builder.addresses("127.0.0.1:" + port).maxInFlight(ENOUGH).build();
    }

    /// Callbacks on virtual threads, the default.
    static FairleadPeer onThreads(int port) {
        return new FairleadPeer(FairleadClient.builder(), port);
    }

    /// Callbacks on the event loop.
    static FairleadPeer onLoop(int port) {
        return new FairleadPeer(FairleadClient.builder().executor(Runnable::run), port);
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
