package io.fairlead.link.discovery;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one instance registered with every registry: registers on each connect, renews, registers again where a
/// registry has forgotten it, and chooses a higher epoch where a registry knows of a later incarnation from before
/// this one began (a clock may have gone back). Thread-safe.
///
/// Once a registry has taken this epoch and then names a higher one, another process has taken the name over. That is
/// reported ([#registries]) and not fought: this one registers again only when the other has been forgotten.
///
/// Threads: all state is confined to one event loop, on which `inFlight` is called, too: it must not block.
public final class Registration implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Registration.class);

    /// The longest that a registry remembers an incarnation which has ended, with its defaults: lease 10 s, suspect
    /// 5 min, tombstone 1 min. A higher epoch that turns up later belongs to a process that began after this one.
    private static final long RAISE_WINDOW_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final long CLOSE_TIMEOUT_MILLIS = 2_000;
    private static final int EPOCHS_PER_MILLI = 1_000;

    private final EventLoop loop;
    private final IntSupplier inFlight;
    private final RandomGenerator random;
    private final InstantSource clock;
    private final List<RegistrationNode> nodes = new ArrayList<>();
    private final long startNanos = System.nanoTime();

    /// Written on the loop.
    private volatile Instance current;

    private volatile boolean closed;

    /// @param registries each gets a link of its own
    /// @param template what is registered; epoch 0 = choose one
    /// @param inFlight calls at this moment, for the renewals
    /// @param random for jitter and the epoch
    /// @param clock for the epoch and [RegistryStatus#since]
    public Registration(
            NettyTransport transport,
            List<InetSocketAddress> registries,
            LinkSettings settings,
            Instance template,
            IntSupplier inFlight,
            RandomGenerator random,
            InstantSource clock) {
        this.loop = transport.next();
        this.inFlight = inFlight;
        this.random = random;
        this.clock = clock;
        this.current = template.epoch() != 0 ? template : template.withEpoch(newEpoch());
        for (InetSocketAddress address : registries) {
            nodes.add(new RegistrationNode(this, transport, address, settings));
        }
    }

    /// Begins to connect and to register. Returns at once.
    public void start() {
        nodes.forEach(RegistrationNode::start);
    }

    /// What is registered now, epoch included.
    public Instance instance() {
        return current;
    }

    /// Tells every registry at once.
    public void state(InstanceState state) {
        loop.execute(() -> {
            if (current.state() != state) {
                current = current.withState(state);
                nodes.forEach(RegistrationNode::stateChanged);
            }
        });
    }

    /// How the registration stands, in the order of the addresses.
    public List<RegistryStatus> registries() {
        return nodes.stream().map(RegistrationNode::status).toList();
    }

    /// Leaves every registry that is connected, waits at most two seconds for their answers (not at all on an event
    /// loop), and ends. Idempotent.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        CompletableFuture<Void> left = new CompletableFuture<>();
        loop.execute(() -> {
            CompletableFuture<?>[] all =
                    nodes.stream().map(RegistrationNode::leave).toArray(CompletableFuture<?>[]::new);
            CompletableFuture.allOf(all).whenComplete((done, failure) -> left.complete(null));
        });
        if (loop.inEventLoop()) {
            left.whenComplete((done, failure) -> end());
            return;
        }
        try {
            left.get(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("Registration of {}: a registry did not answer the leave; the lease runs out there", name());
        }
        end();
    }

    private void end() {
        nodes.forEach(RegistrationNode::close);
    }

    // Called by the nodes, on the loop unless it says otherwise.

    EventLoop loop() {
        return loop;
    }

    /// From any thread.
    boolean closed() {
        return closed;
    }

    String name() {
        return current.instance();
    }

    /// From any thread.
    Instant now() {
        return clock.instant();
    }

    /// What to register, with the calls in flight of this moment.
    Instance toRegister() {
        return current.withInFlight(Math.max(0, inFlight.getAsInt()));
    }

    /// A random time from `low` to `high` milliseconds.
    long jitterMillis(long low, long high) {
        return low + random.nextLong(Math.max(1, high - low));
    }

    /// A registry that has never taken this epoch knows a higher one.
    ///
    /// @return false if the higher one is that of a process which has taken the name over
    boolean raiseEpochAbove(long highest) {
        if (highest < current.epoch()) {
            // Raised meanwhile because of another registry.
            return true;
        }
        boolean tooLate = System.nanoTime() - startNanos > RAISE_WINDOW_NANOS;
        if (tooLate || highest == Long.MAX_VALUE || nodes.stream().anyMatch(RegistrationNode::isSuperseded)) {
            return false;
        }
        long epoch = Math.max(highest + 1, newEpoch());
        log.info("Registration of {}: epoch raised from {} to {}", name(), current.epoch(), epoch);
        current = current.withEpoch(epoch);
        nodes.forEach(RegistrationNode::epochRaised);
        return true;
    }

    private long newEpoch() {
        return clock.millis() * EPOCHS_PER_MILLI + random.nextInt(EPOCHS_PER_MILLI);
    }
}
