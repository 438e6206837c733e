package io.fairlead.benchmarks.rpc;

import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.ByteBufPayload;
import java.time.Duration;
import java.util.Objects;

/// RSocket over TCP: one connection with all requests in flight; answers are heard on its event loop.
final class RSocketPeer extends CallPeer {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

    private final RSocket socket;

    RSocketPeer(int port) {
        socket = Objects.requireNonNull(
                RSocketConnector.create()
                        .payloadDecoder(PayloadDecoder.ZERO_COPY)
                        .connect(TcpClientTransport.create("127.0.0.1", port))
                        .block(CONNECT_LIMIT),
                "no connection");
    }

    @Override
    void call(byte[] payload, Slot slot) {
        socket.requestResponse(ByteBufPayload.create(payload))
                .subscribe(reply -> slot.answered(bytes(reply)), slot::failed);
    }

    private static byte[] bytes(Payload payload) {
        try {
            byte[] bytes = new byte[payload.data().readableBytes()];
            payload.data().readBytes(bytes);
            return bytes;
        } finally {
            payload.release();
        }
    }

    @Override
    public void close() {
        socket.dispose();
        socket.onClose().block(CONNECT_LIMIT);
    }
}
