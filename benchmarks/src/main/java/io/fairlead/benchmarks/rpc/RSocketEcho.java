package io.fairlead.benchmarks.rpc;

import io.rsocket.SocketAcceptor;
import io.rsocket.core.RSocketServer;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// An RSocket server over TCP that answers requests with what it was sent, without a copy: on its event loop, or each
/// in a virtual thread of its own.
///
///     RSocketEcho PORT loop|threads
final class RSocketEcho {
    /// Runs what may block.
    static final Scheduler THREADS = Schedulers.fromExecutor(Thread::startVirtualThread);

    private RSocketEcho() {}

    public static void main(String[] args) {
        SocketAcceptor handler = args[1].equals("threads")
                ? SocketAcceptor.forRequestResponse(
                        request -> Mono.fromSupplier(() -> request).subscribeOn(THREADS))
                : SocketAcceptor.forRequestResponse(Mono::just);
        CloseableChannel server = RSocketServer.create(handler)
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .bindNow(TcpServerTransport.create("127.0.0.1", Integer.parseInt(args[0])));
        server.onClose().block();
    }
}
