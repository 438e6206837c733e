package io.fairlead.integration.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/// Counts a server's connections and stops accepting at the limit, until one of them has closed, and for as long as its
/// [AcceptRamp] says. Meanwhile clients wait in the kernel's backlog. First handler of the server channel.
final class AcceptGate extends ChannelInboundHandlerAdapter {

    private static final Log LOG = LogFactory.getLog(AcceptGate.class);

    private final int maxConnections;
    private final BooleanSupplier shuttingDown;
    private final Consumer<Throwable> failures;

    /// Accepted and not closed; counted up on the server's loop, down on the connections' loops.
    private final AtomicInteger open = new AtomicInteger();

    private final @Nullable AcceptRamp ramp;

    // On the server's loop.
    private @Nullable AcceptRate rate;
    private boolean ramping;

    /// @param ramp null = as fast as they come
    AcceptGate(
            int maxConnections, @Nullable AcceptRamp ramp, BooleanSupplier shuttingDown, Consumer<Throwable> failures) {
        this.ramp = ramp;
        this.maxConnections = maxConnections;
        this.shuttingDown = shuttingDown;
        this.failures = failures;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (ramp != null) {
            rate = new AcceptRate(ramp, System.nanoTime());
        }
        context.fireChannelActive();
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
        slowDown(server);
        channel.closeFuture().addListener(closed -> {
            if (open.getAndDecrement() == maxConnections) {
                reopen(server);
            }
        });
        context.fireChannelRead(channel);
    }

    private void slowDown(Channel server) {
        long pauseNanos = rate == null ? 0 : rate.accepted(System.nanoTime());
        if (pauseNanos > 0 && !ramping) {
            ramping = true;
            server.config().setAutoRead(false);
            server.eventLoop()
                    .schedule(
                            () -> {
                                ramping = false;
                                acceptAgain(server);
                            },
                            pauseNanos,
                            TimeUnit.NANOSECONDS);
        }
    }

    private void acceptAgain(Channel server) {
        if (!ramping && open.get() < maxConnections) {
            server.config().setAutoRead(true);
        }
    }

    private void reopen(Channel server) {
        try {
            server.eventLoop().execute(() -> acceptAgain(server));
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
