package io.fairlead.benchmarks.rpc;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;

/// gRPC: one channel, so one HTTP/2 connection, with all calls in flight; callbacks on its event loop, and no deadline.
final class GrpcPeer extends CallPeer {
    private final ManagedChannel channel;

    GrpcPeer(int port) {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .build();
    }

    @Override
    void call(byte[] payload, Slot slot) {
        ClientCalls.asyncUnaryCall(
                channel.newCall(GrpcEcho.METHOD, CallOptions.DEFAULT), payload, new StreamObserver<byte[]>() {
                    private byte[] reply = new byte[0];

                    @Override
                    public void onNext(byte[] value) {
                        reply = value;
                    }

                    @Override
                    public void onError(Throwable failure) {
                        slot.failed(failure);
                    }

                    @Override
                    public void onCompleted() {
                        slot.answered(reply);
                    }
                });
    }

    @Override
    public void close() throws InterruptedException {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
}
