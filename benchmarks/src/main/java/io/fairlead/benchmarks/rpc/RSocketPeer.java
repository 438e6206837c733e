package io.fairlead.benchmarks.rpc;

import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.ByteBufPayload;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/// RSocket over TCP: one connection with all requests in flight. Answers are heard on its event loop, or each in a
/// virtual thread of its own.
final class RSocketPeer extends CallPeer {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

    private final RSocket socket;
    private final UnaryOperator<Mono<Payload>> hearing;

    private RSocketPeer(int port, UnaryOperator<Mono<Payload>> hearing) {
        this.hearing = hearing;
        socket = Objects.requireNonNull(
                RSocketConnector.create()
                        .payloadDecoder(PayloadDecoder.ZERO_COPY)
                        .connect(TcpClientTransport.create("127.0.0.1", port))
                        .block(CONNECT_LIMIT),
                "no connection");
    }

    /// Callbacks must not block.
    static RSocketPeer onLoop(int port) {
        return new RSocketPeer(port, UnaryOperator.identity());
    }

    /// Callbacks may block.
    static RSocketPeer onThreads(int port) {
        return new RSocketPeer(port, (answer) -> answer.publishOn(RSocketEcho.THREADS));
    }

    @Override
    void call(byte[] payload, Slot slot) {
        hearing.apply(socket.requestResponse(ByteBufPayload.create(payload)))
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
