package io.fairlead.integration.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/// Counts a server's connections and stops accepting at the limit, until one of them has closed. Meanwhile clients
/// wait in the kernel's backlog. First handler of the server channel.
final class AcceptGate extends ChannelInboundHandlerAdapter {

    private static final Log LOG = LogFactory.getLog(AcceptGate.class);

    private final int maxConnections;
    private final BooleanSupplier shuttingDown;
    private final Consumer<Throwable> failures;

    /// Accepted and not closed; counted up on the server's loop, down on the connections' loops.
    private final AtomicInteger open = new AtomicInteger();

    AcceptGate(int maxConnections, BooleanSupplier shuttingDown, Consumer<Throwable> failures) {
        this.maxConnections = maxConnections;
        this.shuttingDown = shuttingDown;
        this.failures = failures;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        Channel channel = (Channel) accepted;
        if (shuttingDown.getAsBoolean()) {
            LOG.debug("Rejected, the server is shutting down: " + channel);
            channel.unsafe().closeForcibly();
            return;
        }
        Channel server = context.channel();
        if (open.incrementAndGet() >= maxConnections) {
            server.config().setAutoRead(false);
        }
        channel.closeFuture().addListener(closed -> {
            if (open.getAndDecrement() == maxConnections) {
                reopen(server);
            }
        });
        context.fireChannelRead(channel);
    }

    private void reopen(Channel server) {
        try {
            server.eventLoop().execute(() -> {
                if (open.get() < maxConnections) {
                    server.config().setAutoRead(true);
                }
            });
        } catch (RejectedExecutionException e) { // the loop has ended, nothing is accepted any more
            LOG.debug("Not accepting again, the event loop has ended: " + server);
        }
    }

    @Override
    @SuppressWarnings("deprecation") // only ChannelHandler's general one is
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failures.accept(cause);
        context.fireExceptionCaught(cause); // the acceptor pauses for a second, so that this cannot spin
    }
}
