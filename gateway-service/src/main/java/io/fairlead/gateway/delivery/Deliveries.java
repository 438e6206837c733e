package io.fairlead.gateway.delivery;

import io.fairlead.gateway.journal.Changes;
import io.fairlead.gateway.journal.Journal;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageState;
import io.fairlead.gateway.journal.MessageStore;
import io.fairlead.gateway.journal.StoreException;
import io.fairlead.gateway.upstream.LoopUpstreams;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.wire.Route;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Brings the journal's messages to workers: shares out its lanes to the loops, and does for them what
/// blocks.
///
/// Threads: `journal-lanes` claims lanes, `journal-reader` reads what waits on disk for the loops,
/// `journal-care` looks after what time brings (delays, expiry, forgetting). Thread-safe.
///
/// Starts before the listeners and stops behind them: then the attempts that run end, the journal writes what
/// became of them, and the lanes are given back.
public final class Deliveries implements Journal.Listener, SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Deliveries.class);

    private static final Duration CLAIM_INTERVAL = Duration.ofSeconds(3);

    /// A claim is believed for so much less than it holds, for what a pass of a loop may take.
    private static final long LEASE_MARGIN_MILLIS = 1_000;

    private static final int MAX_LOAD = 2_000;
    private static final Duration CARE_INTERVAL = Duration.ofMillis(250);
    private static final int MAX_EXPIRED = 1_000;

    private final MessageStore store;
    private final Journal journal;
    private final DeliveryProperties properties;
    private final String gateway;
    private final InstantSource clock;
    private final Duration stopTimeout;
    private final Care care;
    private final Interventions interventions;
    private final List<LoopDeliveries> loops = new ArrayList<>();
    private final IdentityHashMap<EventLoop, Intake> intakes = new IdentityHashMap<>();

    /// Ids that are in memory, or whose end is not on disk yet: not to be read again.
    private final Set<Long> known = ConcurrentHashMap.newKeySet();

    private final SaidLately said = new SaidLately();

    private final CountDownLatch idle;
    private final ScheduledExecutorService claiming = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("journal-lanes").factory());
    private final ExecutorService reading = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("journal-reader").factory());
    private final ScheduledExecutorService caring = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("journal-care").factory());

    private volatile Map<Integer, Long> lanes = Map.of();
    private volatile boolean running;

    /// @param gateway name of this gateway, unique among those that share the store
    /// @param clock wall clock, which delays and expiry go by
    /// @param stopTimeout how long attempts that run may take to end when the gateway stops
    /// @param forgetting how long messages are kept that have ended
    public Deliveries(
            MessageStore store,
            Upstreams upstreams,
            DeliveryProperties properties,
            String gateway,
            InstantSource clock,
            Duration stopTimeout,
            Forgetting forgetting,
            RandomGenerator random) {
        this.store = store;
        this.journal = new Journal(store, this);
        this.properties = properties;
        this.gateway = gateway;
        this.clock = clock;
        this.stopTimeout = stopTimeout;
        this.care = new Care(journal, forgetting);
        this.interventions = new Interventions(this, journal, properties);
        int count = upstreams.loops().size();
        for (LoopUpstreams upstream : upstreams.loops()) {
            LoopDeliveries loop = new LoopDeliveries(
                    this, journal, upstream, properties, count, new SplittableRandom(random.nextLong()));
            loops.add(loop);
            intakes.put(upstream.loop(), new Intake(this, journal, properties, upstream));
        }
        idle = new CountDownLatch(count);
    }

    /// Takes the messages of a loop's connections.
    public Intake intake(EventLoop loop) {
        Intake intake = intakes.get(loop);
        if (intake == null) {
            throw new IllegalArgumentException("loop: " + loop + " (expected: one of the gateway's transport)");
        }
        return intake;
    }

    /// The journal.
    public Journal journal() {
        return journal;
    }

    /// What people may do to messages.
    public Interventions interventions() {
        return interventions;
    }

    /// What is in memory; waits for the loops, for screens.
    public CompletableFuture<DeliveryStatus> status() {
        CompletableFuture<DeliveryStatus> sum =
                CompletableFuture.completedFuture(new DeliveryStatus(0, 0, 0, 0, 0, Map.of()));
        for (LoopDeliveries loop : loops) {
            sum = sum.thenCombine(CompletableFuture.supplyAsync(loop::status, loop.loop()), DeliveryStatus::plus);
        }
        return sum;
    }

    /// Somebody has ended this message in the store.
    public void dropped(long id) {
        loops.forEach(loop -> on(loop, () -> loop.dropped(id)));
    }

    /// The loop that delivers a lane.
    LoopDeliveries loopOfLane(int lane) {
        return loops.get(loopOf(lane));
    }

    /// The journal's name of a message; that of a replay is its origin's, so that an effect that was there is
    /// not repeated.
    public String messageId(Message message) {
        return store.id() + '-' + (message.replayOf() == 0 ? message.id() : message.replayOf());
    }

    String storeId() {
        return store.id();
    }

    boolean storeIsShared() {
        return store.isShared();
    }

    int lanesInAll() {
        return store.lanes();
    }

    /// The lanes that this gateway delivers.
    Map<Integer, Long> lanes() {
        return lanes;
    }

    long nowMillis() {
        return clock.millis();
    }

    void known(long id) {
        known.add(id);
    }

    /// Whether it is in memory, or its end is being written.
    boolean isKnown(long id) {
        return known.contains(id);
    }

    void unknown(long id) {
        known.remove(id);
    }

    /// A delayed message was accepted.
    void delayed(long dueMillis) {
        care.delayed(dueMillis);
    }

    // Start and stop.

    @Override
    public void start() {
        journal.start();
        running = true;
        claiming.scheduleWithFixedDelay(
                () -> guarded("claiming lanes", this::claim), 0, CLAIM_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        long careMillis =
                Math.min(CARE_INTERVAL.toMillis(), properties.idlePoll().toMillis());
        caring.scheduleWithFixedDelay(
                () -> guarded("the journal's care", this::care), careMillis, careMillis, TimeUnit.MILLISECONDS);
        log.info("Journal: {}, {} lanes", store.description(), store.lanes());
    }

    @Override
    public void stop() {
        running = false;
        caring.shutdownNow();
        loops.forEach(loop -> on(loop, loop::stop));
        try {
            if (!idle.await(stopTimeout.toNanos(), TimeUnit.NANOSECONDS)) {
                log.warn("Messages are still being delivered after {}; they will be delivered again", stopTimeout);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        reading.shutdownNow();
        // Before others have the lanes: what they read has what has ended here.
        journal.flush();
        claiming.close();
        guarded("giving back lanes", () -> store.releaseLanes(gateway));
        journal.close();
    }

    /// No attempt of this loop runs, and none will.
    void stopped(LoopDeliveries loop) {
        idle.countDown();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /// Before the listeners, which have the highest phase, and behind them at the end.
    @Override
    public int getPhase() {
        return DEFAULT_PHASE - 1;
    }

    // Lanes.

    private void claim() {
        long beganNanos = System.nanoTime();
        Map<Integer, Long> claimed = store.claimLanes(gateway);
        long untilNanos = store.leaseMillis() == Long.MAX_VALUE
                ? beganNanos + Long.MAX_VALUE / 2
                : beganNanos + TimeUnit.MILLISECONDS.toNanos(store.leaseMillis() - LEASE_MARGIN_MILLIS);
        lanes = Map.copyOf(claimed);
        for (int i = 0; i < loops.size(); i++) {
            LoopDeliveries loop = loops.get(i);
            Map<Integer, Long> ofLoop = new HashMap<>();
            for (Map.Entry<Integer, Long> lane : claimed.entrySet()) {
                if (loopOf(lane.getKey()) == i) {
                    ofLoop.put(lane.getKey(), lane.getValue());
                }
            }
            on(loop, () -> loop.lanes(ofLoop, untilNanos));
        }
    }

    private int loopOf(int lane) {
        return lane % loops.size();
    }

    // What loops ask for.

    /// Reads for a loop, on the reader's thread.
    void load(LoopDeliveries loop, Set<Integer> ofLanes, Overflow.Read read) {
        Set<Integer> copy = Set.copyOf(ofLanes);
        onReader(() -> read(loop, copy, read));
    }

    private void onReader(Runnable task) {
        try {
            reading.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("The gateway stops: nothing more is read", e);
        }
    }

    private void read(LoopDeliveries loop, Set<Integer> ofLanes, Overflow.Read read) {
        try {
            MessageStore.Loaded loaded = store.ready(
                    ofLanes, read.without(), known::contains, Math.min(read.messages(), MAX_LOAD), read.bytes());
            if (!loaded.damaged().isEmpty()) {
                log.error(
                        "{} messages are damaged in {} and set aside: {}",
                        loaded.damaged().size(),
                        store.description(),
                        loaded.damaged().stream().map(Changes.End::id).toList());
                loaded.damaged().forEach(end -> known.add(end.id()));
                loaded.damaged().forEach(journal::end);
            }
            on(loop, () -> loop.loaded(loaded.messages(), read));
        } catch (RuntimeException e) {
            if (said.maySay("reading")) {
                log.warn("Messages that wait on disk cannot be read: {}", e.getMessage(), e);
            }
            on(loop, loop::notLoaded);
        }
    }

    /// A route stands still: said at first, and once a minute.
    void blocked(Route route, String why) {
        if (said.maySay(route)) {
            log.info("Messages of {} wait: {}", route, why);
        }
    }

    // What the journal tells.

    @Override
    public void accepted(List<Message> messages) {
        byLoop(
                messages.stream()
                        .filter(message -> message.acceptedState() == MessageState.READY)
                        .toList(),
                LoopDeliveries::accepted);
    }

    private void byLoop(List<Message> messages, BiConsumer<LoopDeliveries, List<Message>> then) {
        if (loops.size() == 1) {
            tell(loops.getFirst(), messages, then);
            return;
        }
        List<List<Message>> parts = new ArrayList<>();
        loops.forEach(loop -> parts.add(new ArrayList<>()));
        messages.forEach(message -> parts.get(loopOf(message.lane())).add(message));
        for (int i = 0; i < parts.size(); i++) {
            tell(loops.get(i), parts.get(i), then);
        }
    }

    private static void tell(
            LoopDeliveries loop, List<Message> messages, BiConsumer<LoopDeliveries, List<Message>> then) {
        if (!messages.isEmpty()) {
            on(loop, () -> then.accept(loop, messages));
        }
    }

    @Override
    public void ended(List<Changes.End> ended) {
        // Behind a read that may have begun before they were ended: it would take them for new. And behind what the
        // loops have been told before: a read may have found a message earlier than its loop hears of it.
        onReader(() -> {
            interventions.ended(ended);
            behindLoops(0, () -> ended.forEach(end -> known.remove(end.id())));
        });
    }

    private void behindLoops(int from, Runnable task) {
        if (from == loops.size()) {
            task.run();
        } else {
            on(loops.get(from), () -> behindLoops(from + 1, task));
        }
    }

    @Override
    public void recovered() {
        look();
    }

    private void look() {
        loops.forEach(loop -> on(loop, loop::look));
    }

    private static void on(LoopDeliveries loop, Runnable task) {
        try {
            loop.loop().execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("The loop has ended", e);
        }
    }

    // What time brings.

    private void care() {
        long now = nowMillis();
        care.probe();
        if (care.promote(now) || store.isShared()) {
            look();
        }
        Map<Boolean, List<Changes.End>> expired = care.expired(lanes.keySet(), now, MAX_EXPIRED).stream()
                .collect(Collectors.partitioningBy(end -> known.contains(end.id())));
        expired.getOrDefault(false, List.of()).forEach(journal::end);
        List<Changes.End> inMemory = expired.getOrDefault(true, List.of());
        if (!inMemory.isEmpty()) {
            loops.forEach(loop -> on(loop, () -> loop.expired(inMemory)));
        }
        care.forget(now);
    }

    private void guarded(String what, Runnable task) {
        try {
            task.run();
        } catch (StoreException e) {
            if (said.maySay(what)) {
                log.warn("{} failed: {}: {}", what, e.kind(), e.getMessage());
            }
        } catch (RuntimeException e) {
            log.error("{} failed", what, e);
        }
    }
}
