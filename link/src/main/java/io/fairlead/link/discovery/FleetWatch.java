package io.fairlead.link.discovery;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches every registry and other source and keeps the union of what they list. Thread-safe.
///
/// Which instances the union has is told by its rules alone (a registry that is silent, warming, empty or suddenly
/// small removes nobody), see `FleetUnion`. Changes that come together are passed on together, within a few
/// milliseconds.
///
/// Threads: all state is confined to one event loop, on which the listener is called: it must not block.
public final class FleetWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FleetWatch.class);

    /// A thousand instances that register together cost some updates of the union, not a thousand.
    private static final long GATHER_MILLIS = 5;

    /// For what changes by the passing of time alone.
    private static final long TICK_MILLIS = 1_000;

    private final EventLoop loop;
    private final List<RegistryWatch> watches;
    private final List<SourceWatch> sources;
    private final FleetUnion union;
    private final Consumer<Fleet> listener;

    /// Confined to the loop, as the one that follows.
    private boolean updateScheduled;

    private @Nullable ScheduledFuture<?> ticks;

    /// Written on the loop.
    private volatile Fleet fleet;

    private volatile boolean closed;

    /// Watches registries alone, and begins with nothing.
    ///
    /// @param registries each gets a link of its own
    /// @param listener hears each change of the fleet or of how a registry stands
    public FleetWatch(
            NettyTransport transport,
            List<InetSocketAddress> registries,
            LinkSettings settings,
            Consumer<Fleet> listener) {
        this(transport, registries, List.of(), settings, null, listener);
    }

    /// @param registries each gets a link of its own
    /// @param sources others that list instances; closed with this
    /// @param saved what an earlier run knew, used at once; null = nothing
    /// @param listener hears each change of the fleet or of how a registry stands
    public FleetWatch(
            NettyTransport transport,
            List<InetSocketAddress> registries,
            List<FleetSource> sources,
            LinkSettings settings,
            @Nullable SavedFleet saved,
            Consumer<Fleet> listener) {
        this.loop = transport.next();
        this.listener = listener;
        this.watches = registries.stream()
                .map(address -> new RegistryWatch(transport, address, settings, loop, this::changed))
                .toList();
        this.sources = sources.stream()
                .map(source -> new SourceWatch(source, loop, this::changed))
                .toList();
        this.union = new FleetUnion(Stream.concat(
                        watches.stream().map(RegistryWatch::view),
                        this.sources.stream().map(SourceWatch::view))
                .toList());
        if (saved != null) {
            union.assume(saved);
        }
        this.fleet = union.update(System.nanoTime());
    }

    /// Begins to connect. Returns at once.
    public void start() {
        if (!fleet.instances().isEmpty()) {
            loop.execute(() -> tell(fleet));
        }
        watches.forEach(RegistryWatch::start);
        sources.forEach(SourceWatch::start);
        loop.execute(() ->
                ticks = loop.scheduleWithFixedDelay(this::update, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS));
    }

    /// The fleet as it is known now.
    public Fleet fleet() {
        return fleet;
    }

    private void changed() {
        if (!updateScheduled) {
            updateScheduled = true;
            loop.schedule(
                    () -> {
                        updateScheduled = false;
                        update();
                    },
                    GATHER_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void update() {
        if (closed) {
            return;
        }
        Fleet next = union.update(System.nanoTime());
        if (!next.equals(fleet)) {
            fleet = next;
            tell(next);
        }
    }

    private void tell(Fleet next) {
        try {
            listener.accept(next);
        } catch (RuntimeException e) {
            // The next change must still be seen.
            log.error("The listener of the fleet failed", e);
        }
    }

    /// What a later run may begin with, as soon as the loop comes to it.
    public CompletableFuture<SavedFleet> save(Instant now) {
        return CompletableFuture.supplyAsync(() -> union.save(now), loop);
    }

    /// Ends the links; the listener hears no more. Idempotent.
    @Override
    public void close() {
        closed = true;
        watches.forEach(RegistryWatch::close);
        sources.forEach(SourceWatch::close);
        loop.execute(() -> {
            if (ticks != null) {
                ticks.cancel(false);
            }
        });
    }
}
