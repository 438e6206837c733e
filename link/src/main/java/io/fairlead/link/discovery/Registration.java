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
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one instance registered with every registry: registers on each connect, renews, registers again where a
/// registry has forgotten it, and chooses a higher epoch where a registry knows of a later incarnation from before
/// this one began (a clock may have gone back). Thread-safe.
///
/// Once a registry has taken this epoch and then names a higher one, another process has taken the name over. That is
/// reported ([#registries]) and not fought: this one registers again only when the other has been forgotten.
///
/// Every registry may pass on what an admin wants of this instance ([Wish]): it changes its own state or weight, raises
/// its revision and tells all registries. Once the owner has said DRAINING, wishes change nothing any more.
///
/// Threads: all state is confined to one event loop, on which `inFlight` is called, too: it must not block.
public final class Registration implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Registration.class);

    /// Header, route and what changes of an instance.
    private static final int FRAME_ROOM_BYTES = 512;

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

    /// Written on the loop, as the one that follows.
    private volatile Instance current;

    private volatile boolean drainedByWish;

    /// Confined to the loop.
    private boolean ownerDrains;

    private volatile boolean closed;

    private volatile @Nullable Consumer<Instance> listener;

    /// @param registries each gets a link of its own; may be none
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
        requireFits(current, settings.maxFrameBytes());
        for (InetSocketAddress address : registries) {
            nodes.add(new RegistrationNode(this, transport, address, settings));
        }
    }

    /// Found at the start, rather than at a registry that refuses it again and again. What it loads is not loaded while
    /// the fleet waits for this instance.
    private static void requireFits(Instance instance, int maxFrameBytes) {
        int bytes = DiscoveryJson.write(instance).length + FRAME_ROOM_BYTES;
        if (bytes > maxFrameBytes) {
            throw new IllegalArgumentException("instance " + instance.instance() + ": " + bytes
                    + " bytes to register (expected: at most " + maxFrameBytes
                    + ", the largest frame): offer fewer methods, or raise max-frame-size");
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

    /// Whether it says DRAINING because an admin wished so.
    public boolean isDrainedByWish() {
        return drainedByWish;
    }

    /// Has `listener` called on the loop after each change of state, weight or epoch: it must not block. Set it before
    /// [#start].
    public void onChange(Consumer<Instance> listener) {
        this.listener = listener;
    }

    /// The owner's own word, which outranks wishes. Tells every registry at once.
    public void state(InstanceState state) {
        loop.execute(() -> {
            ownerDrains = state == InstanceState.DRAINING;
            drainedByWish = false;
            if (current.state() != state) {
                change(state, current.weight());
            }
        });
    }

    /// A registry passes on what an admin wants. On the loop.
    void wished(Wish wish, String registry) {
        if (ownerDrains || closed) {
            log.info("Instance {} is leaving and ignores {} from {}", name(), wish, registry);
            return;
        }
        log.info("Instance {} hears through {} that an admin wants {}", name(), registry, wish);
        Instance now = current;
        switch (wish) {
            case Wish.Drain() -> {
                drainedByWish = true;
                change(InstanceState.DRAINING, now.weight());
            }
            case Wish.Resume() -> {
                drainedByWish = false;
                change(InstanceState.UP, now.weight());
            }
            case Wish.Weight(int weight) -> change(now.state(), weight);
        }
    }

    /// Also where nothing changes: who wished has not heard of it, then.
    private void change(InstanceState state, int weight) {
        current = current.changed(current.revision() + 1, state, weight);
        nodes.forEach(RegistrationNode::changed);
        tellListener();
    }

    private void tellListener() {
        Consumer<Instance> told = listener;
        if (told != null) {
            told.accept(current);
        }
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
        return jitterMillis(random, low, high);
    }

    static long jitterMillis(RandomGenerator random, long low, long high) {
        return low + random.nextLong(Math.max(1, high - low));
    }

    /// How long to wait with the register after a registry was connected again: a restarted one gets its instances back
    /// spread over half a renewal interval. It is warming for much longer, so nobody is missed meanwhile.
    long reconnectDelayMillis(long renewMillis) {
        return reconnectDelayMillis(random, renewMillis);
    }

    static long reconnectDelayMillis(RandomGenerator random, long renewMillis) {
        return jitterMillis(random, 0, renewMillis / 2);
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
        tellListener();
        return true;
    }

    private long newEpoch() {
        return clock.millis() * EPOCHS_PER_MILLI + random.nextInt(EPOCHS_PER_MILLI);
    }
}
