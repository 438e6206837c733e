package io.fairlead.link;

import io.fairlead.integration.netty.NettyTcpClientConnectionFactory;
import io.fairlead.integration.netty.NettyTransport;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Keeps one link to one address: connects, and after each end connects again, with exponential back-off and
/// full jitter (a random wait between 0 and the bound, so that a thousand peers of a restarted process do not
/// come back together; M. Brooker, "Exponential Backoff And Jitter", AWS 2015). A link that ends sooner than
/// the longest wait counts as another failure: a peer that takes links only to end them, as one that drains does,
/// is not stormed.
///
/// Threads: [#start] and [#close] may be called from anywhere; the handler is called on the given loop.
public final class LinkConnector implements AutoCloseable {
    private final String host;
    private final int port;
    private final EventLoop loop;
    private final NettyTcpClientConnectionFactory factory;
    private final TcpEndpoint endpoint;
    private final Reconnecting reconnecting;

    /// Confined to the loop.
    private final Backoff backoff;

    private final long holdsNanos;

    /// Confined to the loop.
    private long openedNanos;

    /// Written on the loop.
    private volatile @Nullable Link link;

    private volatile boolean stopped;

    /// @param loop on which the link lives; one of the transport's
    /// @param random for the jitter
    public LinkConnector(
            NettyTransport transport,
            EventLoop loop,
            String host,
            int port,
            LinkSettings settings,
            LinkHandler handler,
            RandomGenerator random) {
        this.host = host;
        this.port = port;
        this.loop = loop;
        this.backoff = new Backoff(settings.backoffMin(), settings.backoffMax(), random);
        this.holdsNanos = settings.backoffMax().toNanos();
        factory = new NettyTcpClientConnectionFactory(host, port);
        factory.setTransport(transport);
        factory.setEventLoop(loop);
        factory.setPipeline(pipeline -> pipeline.addLast(new FrameSplitter(settings.maxFrameBytes())));
        factory.setBatching(true);
        factory.setConnectTimeout(settings.connectTimeout());
        factory.setWriteBufferWaterMark(
                new WriteBufferWaterMark(settings.writeBufferHighBytes() / 4, settings.writeBufferHighBytes()));
        factory.setMaxBufferedBytes(settings.maxQueuedBytes());
        factory.setUserTimeout(settings.slowReaderTimeout());
        if (settings.sslContext() != null) {
            factory.setSslContext(settings.sslContext());
        }
        reconnecting = new Reconnecting(handler);
        endpoint = new TcpEndpoint(factory, opened -> new Link(opened, settings, reconnecting, true).start());
        factory.setConnectionObserver(endpoint.observer());
    }

    /// Begins to connect. Returns at once.
    public void start() {
        endpoint.start();
        loop.execute(this::connect);
    }

    /// The link while it is open; else null.
    public @Nullable Link link() {
        return link;
    }

    /// `host:port`.
    public String address() {
        return host + ":" + port;
    }

    /// Ends the link and connects no more. Idempotent.
    @Override
    public void close() {
        stopped = true;
        Link open = link;
        if (open != null) {
            open.closeLater(CloseReason.LOCAL_CLOSE, "");
        }
        // Behind the closing of the link, which is to be orderly.
        loop.execute(() -> Thread.startVirtualThread(endpoint::stop));
    }

    private void connect() {
        if (stopped) {
            return;
        }
        factory.connect().whenComplete((connection, failure) -> {
            if (failure != null) {
                loop.execute(() -> {
                    if (!stopped) {
                        connectLater();
                        reconnecting.next.failed(address(), CloseReason.CONNECT_FAILED, rootMessage(failure));
                    }
                });
            }
        });
    }

    private void connectLater() {
        if (stopped) {
            return;
        }
        loop.schedule(this::connect, backoff.nextNanos(), TimeUnit.NANOSECONDS);
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /// Passes everything on, and reconnects when a connection has ended.
    private final class Reconnecting implements LinkHandler {
        private final LinkHandler next;

        Reconnecting(LinkHandler next) {
            this.next = next;
        }

        @Override
        public void opened(Link opened) {
            openedNanos = System.nanoTime();
            link = opened;
            // Looked at last: who stops either finds the link, or is seen here.
            if (stopped) {
                link = null;
                opened.close(CloseReason.LOCAL_CLOSE, "");
                return;
            }
            next.opened(opened);
        }

        @Override
        public void frame(Link from, ByteBuf buf, int at) {
            next.frame(from, buf, at);
        }

        @Override
        public void peerFreePlaces(Link from, int places) {
            next.peerFreePlaces(from, places);
        }

        @Override
        public boolean isIdle(Link asked) {
            return next.isIdle(asked);
        }

        @Override
        public void suspectChanged(Link from) {
            next.suspectChanged(from);
        }

        @Override
        public void goingAway(Link from, long lastId, String why) {
            next.goingAway(from, lastId, why);
        }

        @Override
        public void readComplete(Link from) {
            next.readComplete(from);
        }

        @Override
        public void writabilityChanged(Link from) {
            next.writabilityChanged(from);
        }

        @Override
        public void inputEnded(Link from) {
            next.inputEnded(from);
        }

        @Override
        public void closed(Link ended, CloseReason reason, String detail) {
            if (link == null) {
                // It opened too late to be anybody's.
                return;
            }
            link = null;
            if (System.nanoTime() - openedNanos >= holdsNanos) {
                backoff.succeeded();
            }
            // First: it is to connect again whatever the owner throws.
            connectLater();
            next.closed(ended, reason, detail);
        }

        @Override
        public void failed(String peer, CloseReason reason, String detail) {
            connectLater();
            next.failed(peer, reason, detail);
        }
    }
}
