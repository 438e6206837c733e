package io.fairlead.gateway.listener;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How the gateway leaves without its clients noticing, once in its life: when the process is told to end, or before,
/// when an administrator says so. Thread-safe; it runs on a virtual thread of its own.
///
/// ```
/// SERVING ─▶ UNREADY ─────────▶ DRAINING ────────────────────────────────────▶ DRAINED or INCOMPLETE
///           readiness off,     ports closed, each connection asked to end at    nobody left, or calls in flight
///           for the delay      its moment of the window, those that are          after the timeout: stop() closes them
///           still accepting    never idle read no more
/// ```
public final class Drain {
    private static final Logger log = LoggerFactory.getLogger(Drain.class);

    private final List<Listener> listeners;
    private final Duration delay;
    private final Duration window;
    private final Duration timeout;
    private final RandomGenerator random;
    private final Runnable readinessOff;
    private final AtomicReference<State> state = new AtomicReference<>(State.SERVING);
    private final CountDownLatch ended = new CountDownLatch(1);

    /// How far it is.
    public enum State {
        /// Not begun.
        SERVING,
        /// Readiness is off; connections are still accepted.
        UNREADY,
        /// No more connections are accepted, those that are open end.
        DRAINING,
        /// All connections have ended.
        DRAINED,
        /// Some had calls in flight when the time was over.
        INCOMPLETE
    }

    /// @param timeout how long it may take from the moment that no more connections are accepted
    /// @param random spreads the ends of the connections
    /// @param readinessOff tells the world that this gateway wants no more connections
    public Drain(
            List<Listener> listeners,
            DrainProperties properties,
            Duration timeout,
            RandomGenerator random,
            Runnable readinessOff) {
        this.listeners = List.copyOf(listeners);
        this.delay = properties.delay();
        this.window = properties.window();
        this.timeout = timeout;
        this.random = random;
        this.readinessOff = readinessOff;
    }

    /// How far it is.
    public State state() {
        return state.get();
    }

    /// Begins; it cannot be undone.
    ///
    /// @return false if it had begun before
    public boolean start() {
        if (!state.compareAndSet(State.SERVING, State.UNREADY)) {
            return false;
        }
        Thread.ofVirtual().name("drain").start(this::run);
        return true;
    }

    /// Waits until it is over.
    void await() throws InterruptedException {
        ended.await();
    }

    private void run() {
        boolean all = false;
        try {
            log.info("Draining: readiness is off, ports close in {} ms", delay.toMillis());
            readinessOff.run();
            // Nobody counts it down: a wait that ends by its time limit.
            new CountDownLatch(1).await(delay.toNanos(), TimeUnit.NANOSECONDS);
            listeners.forEach(Listener::stopAccepting);
            state.set(State.DRAINING);
            all = drainAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            state.set(all ? State.DRAINED : State.INCOMPLETE);
            log.info("Drained: {}", all ? "all connections have ended" : "some connections are left");
            ended.countDown();
        }
    }

    private boolean drainAll() {
        AtomicReference<Boolean> all = new AtomicReference<>(true);
        try (ExecutorService drains = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Listener listener : listeners) {
                // A generator of its own: the one that was given is not for several threads.
                DrainPlan plan = new DrainPlan(window, timeout, new SplittableRandom(random.nextLong()));
                drains.execute(() -> {
                    if (!drain(listener, plan)) {
                        all.set(false);
                    }
                });
            }
        }
        return all.get();
    }

    private static boolean drain(Listener listener, DrainPlan plan) {
        try {
            boolean drained = listener.drain(plan);
            if (!drained) {
                log.warn(
                        "Listener {}: {} connections with calls in flight after drain-timeout {}",
                        listener.name(),
                        listener.connections().size(),
                        plan.timeout());
            }
            return drained;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
