package io.fairlead.link.call;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Link;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.LinkServer;
import io.fairlead.link.LinkSettings;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.fairlead.wire.Route;
import io.fairlead.wire.RouteTable;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Listens for links and gives each call to the handler of its route. Thread-safe.
///
/// Unknown routes are refused with UNIMPLEMENTED, calls beyond the limit with RESOURCE_EXHAUSTED: both say
/// that the call certainly did not run.
public final class CallServer implements AutoCloseable {
    static final Logger log = LoggerFactory.getLogger(CallServer.class);

    record Target(Route route, CallHandler handler) {}

    private final RouteTable<Target> routes;
    private final boolean takesSends;
    private final int maxInFlight;
    private final @Nullable IntSupplier freePlaces;
    private final int maxQueuedBytes;
    private final LinkServer server;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Set<CallLink> links = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;
    private volatile @Nullable CountDownLatch idle;

    /// @param host address to bind to
    /// @param port to listen at; 0 = any free one
    /// @param handlers called on event loops; must not block
    /// @param maxInFlight most calls at a time over all links, at least 1
    public CallServer(
            NettyTransport transport,
            String host,
            int port,
            LinkSettings settings,
            Map<Route, ? extends CallHandler> handlers,
            int maxInFlight) {
        this(transport, host, port, settings, handlers, maxInFlight, null);
    }

    /// As the other constructor, for handlers with a limit of their own.
    ///
    /// @param freePlaces how many more calls the handlers would take now, -1 = unknown; asked on event loops
    ///     for each answer, so it must cost next to nothing. Null: what is left of `maxInFlight`
    public CallServer(
            NettyTransport transport,
            String host,
            int port,
            LinkSettings settings,
            Map<Route, ? extends CallHandler> handlers,
            int maxInFlight,
            @Nullable IntSupplier freePlaces) {
        if (maxInFlight < 1) {
            throw new IllegalArgumentException("maxInFlight: " + maxInFlight + " (expected: at least 1)");
        }
        this.routes = RouteTable.of(handlers.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> new Target(e.getKey(), e.getValue()))));
        this.takesSends = handlers.values().stream().anyMatch(CallHandler::takesSends);
        this.maxInFlight = maxInFlight;
        this.freePlaces = freePlaces;
        this.maxQueuedBytes = 16 * settings.writeBufferHighBytes();
        this.server = new LinkServer(transport, host, port, settings, new Handler());
    }

    /// Binds and begins to accept.
    public void start() {
        server.start();
    }

    /// The port that is bound.
    public int port() {
        return server.port();
    }

    /// Calls that are being handled.
    public int inFlight() {
        return inFlight.get();
    }

    /// Open links.
    public int links() {
        return links.size();
    }

    /// Takes no new calls (GOAWAY on every link), and waits until those that were taken are answered.
    ///
    /// @return false if some were not answered within the limit
    public boolean drain(Duration limit, String why) throws InterruptedException {
        long startNanos = System.nanoTime();
        closing = true;
        List<CallLink> open = List.copyOf(links);
        CountDownLatch told = new CountDownLatch(open.size());
        for (CallLink link : open) {
            link.link().eventLoop().execute(() -> {
                link.goAway(why);
                told.countDown();
            });
        }
        // Until then a link may still take calls, so that none in flight means nothing.
        if (!told.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        CountDownLatch latch = new CountDownLatch(1);
        idle = latch;
        if (inFlight.get() == 0) {
            latch.countDown();
        }
        if (!latch.await(limit.toNanos() - (System.nanoTime() - startNanos), TimeUnit.NANOSECONDS)) {
            return false;
        }
        // All is answered: that a peer is slow to see it is no failure. Links end by themselves after a
        // second.
        for (CallLink link : open) {
            if (!link.awaitEnd(limit.toNanos() - (System.nanoTime() - startNanos))) {
                break;
            }
        }
        return true;
    }

    /// Closes all links at once; [#drain] first for an orderly end.
    @Override
    public void close() {
        server.close();
    }

    @Nullable Target find(ByteBuf buf, int at) {
        return routes.find(buf, Frames.routeIndex(at), Frames.routeLength(buf, at));
    }

    boolean tryAcquire() {
        if (inFlight.incrementAndGet() > maxInFlight) {
            release();
            return false;
        }
        return true;
    }

    void release() {
        if (inFlight.decrementAndGet() == 0) {
            CountDownLatch latch = idle;
            if (latch != null) {
                latch.countDown();
            }
        }
    }

    /// How many more calls would be taken now, for the peer's choice.
    ///
    /// @param leaving calls that still hold a place and are being answered
    int freePlaces(int leaving) {
        if (closing) {
            return 0;
        }
        return freePlaces != null ? freePlaces.getAsInt() : Math.max(0, maxInFlight - inFlight.get() + leaving);
    }

    int maxInFlight() {
        return maxInFlight;
    }

    int maxQueuedBytes() {
        return maxQueuedBytes;
    }

    boolean closing() {
        return closing;
    }

    private final class Handler implements LinkHandler {
        @Override
        public void opened(Link link) {
            CallLink calls = new CallLink(CallServer.this, link);
            link.attach(calls);
            links.add(calls);
            if (closing) {
                calls.goAway("shutting down");
            }
        }

        @Override
        public void frame(Link link, ByteBuf buf, int at) {
            calls(link).frame(buf, at);
        }

        @Override
        public long features() {
            return takesSends ? Hello.REPEATS | Hello.SENDS : Hello.REPEATS;
        }

        @Override
        public int freePlaces(Link link) {
            return CallServer.this.freePlaces(0);
        }

        @Override
        public void inputEnded(Link link) {
            calls(link).inputEnded();
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {
            links.remove(calls(link));
            calls(link).closed();
        }

        private static CallLink calls(Link link) {
            return (CallLink) Objects.requireNonNull(link.attachment());
        }
    }
}
