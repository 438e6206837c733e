package io.fairlead.benchmarks.rpc;

import io.rsocket.SocketAcceptor;
import io.rsocket.core.RSocketServer;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import reactor.core.publisher.Mono;

/// An RSocket server over TCP that answers requests with what it was sent, on its event loop and without a copy.
///
///     RSocketEcho PORT
final class RSocketEcho {
    private RSocketEcho() {}

    public static void main(String[] args) {
        CloseableChannel server = RSocketServer.create(SocketAcceptor.forRequestResponse(Mono::just))
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .bindNow(TcpServerTransport.create("127.0.0.1", Integer.parseInt(args[0])));
        server.onClose().block();
    }
}
