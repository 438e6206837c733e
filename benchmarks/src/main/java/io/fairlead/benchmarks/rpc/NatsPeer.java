package io.fairlead.benchmarks.rpc;

import io.nats.client.Connection;
import io.nats.client.Nats;

/// NATS request and reply: one connection with all requests in flight, and the client's defaults.
final class NatsPeer extends CallPeer {
    private final Connection connection;

    NatsPeer(int port) throws Exception {
        connection = Nats.connect("nats://127.0.0.1:" + port);
    }

    @Override
    void call(byte[] payload, Slot slot) {
        connection.request(NatsEcho.SUBJECT, payload).whenComplete((reply, failure) -> {
            if (failure == null) {
                slot.answered(reply.getData());
            } else {
                slot.failed(failure);
            }
        });
    }

    @Override
    public void close() throws InterruptedException {
        connection.close();
    }
}
