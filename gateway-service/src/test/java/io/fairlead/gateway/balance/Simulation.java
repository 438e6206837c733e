package io.fairlead.gateway.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Gateways that choose among workers, in virtual time: the pickers are the real ones, everything else is a
/// queue of events. The same seed gives the same result.
final class Simulation {
    static final long MS = 1_000_000;
    static final long S = 1_000 * MS;

    /// A worker as it really is. Calls beyond its capacity are refused.
    static final class Worker {
        final String name;
        final String zone;
        final int weight;
        final int capacity;
        final LongUnaryOperator serviceNanos;
        int inFlight;
        int maxInFlight;
        long taken;
        long refused;

        /// @param serviceNanos how long a call takes that arrives at a time
        Worker(String name, String zone, int weight, int capacity, LongUnaryOperator serviceNanos) {
            this.name = name;
            this.zone = zone;
            this.weight = weight;
            this.capacity = capacity;
            this.serviceNanos = serviceNanos;
        }
    }

    /// A worker as one gateway sees it.
    static final class View implements Candidate {
        final Worker worker;
        final Load load;

        View(Worker worker, LoadSettings settings) {
            this.worker = worker;
            this.load = new Load(settings, worker.capacity);
        }

        @Override
        public String name() {
            return worker.name;
        }

        @Override
        public int weight() {
            return worker.weight;
        }

        @Override
        public String zone() {
            return worker.zone;
        }

        @Override
        public boolean isAvailable(long nowNanos) {
            return true;
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public Load load() {
            return load;
        }
    }

    private record Event(long atNanos, long order, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    final SplittableRandom random;
    final List<Worker> workers = new ArrayList<>();
    private final List<List<View>> views = new ArrayList<>();
    private final List<Picker<View>> pickers = new ArrayList<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final LoadSettings loads;
    private final PickSettings picks;
    private long order;
    long now;

    private long[] latencies = new long[1 << 16];
    int answered;
    int refused;

    /// The key of the next call; 0 = none.
    java.util.function.LongSupplier keys = () -> 0;

    Simulation(long seed, int gateways, LoadSettings loads, PickSettings picks) {
        this.random = new SplittableRandom(seed);
        this.loads = loads;
        this.picks = picks;
        for (int i = 0; i < gateways; i++) {
            views.add(new ArrayList<>());
            pickers.add(Picker.none());
        }
    }

    /// Adds a worker, of which all gateways hear at once.
    ///
    /// @param slowStart whether it is new to them
    void add(Worker worker, boolean slowStart) {
        workers.add(worker);
        for (int g = 0; g < views.size(); g++) {
            View view = new View(worker, loads);
            if (slowStart) {
                view.load.startSlowly(now);
            }
            views.get(g).add(view);
            pickers.set(g, new PickerFactory(random.split()).build(views.get(g), picks));
        }
    }

    void at(long nanos, Runnable what) {
        events.add(new Event(nanos, order++, what));
    }

    /// Calls come at random, so many in a second over all gateways, until an end.
    void arrivals(double perSecond, long untilNanos) {
        long gap = (long) (-Math.log(1 - random.nextDouble()) / perSecond * S);
        if (now + gap < untilNanos) {
            at(now + gap, () -> {
                call(random.nextInt(views.size()), new FakeCall(keys.getAsLong(), java.util.Set.of()), now);
                arrivals(perSecond, untilNanos);
            });
        }
    }

    /// Workers say every second how many more calls they would take, as heartbeats do.
    void heartbeats(long untilNanos) {
        if (now < untilNanos) {
            views.forEach(all -> all.forEach(v -> v.load.hint(v.worker.capacity - v.worker.inFlight, now)));
            at(now + S, () -> heartbeats(untilNanos));
        }
    }

    private void call(int gateway, FakeCall call, long arrivedNanos) {
        @Nullable View view = pickers.get(gateway).pick(call, now);
        if (view == null || call.hasTried(view) || call.tried().size() >= 3) {
            refused++;
            return;
        }
        Worker worker = view.worker;
        view.load.began(now);
        if (worker.inFlight >= worker.capacity) {
            worker.refused++;
            view.load.refused(now);
            view.load.hint(0, now);
            java.util.Set<Object> tried = new java.util.HashSet<>(call.tried());
            tried.add(view);
            call(gateway, new FakeCall(call.affinityHash(), tried), arrivedNanos);
            return;
        }
        worker.taken++;
        worker.inFlight++;
        worker.maxInFlight = Math.max(worker.maxInFlight, worker.inFlight);
        long sent = now;
        at(now + worker.serviceNanos.applyAsLong(now), () -> {
            worker.inFlight--;
            view.load.succeeded(now - sent, now);
            view.load.hint(worker.capacity - worker.inFlight, now);
            if (answered == latencies.length) {
                latencies = Arrays.copyOf(latencies, 2 * answered);
            }
            latencies[answered++] = now - arrivedNanos;
        });
    }

    void run() {
        while (!events.isEmpty()) {
            Event next = events.remove();
            now = next.atNanos;
            next.what.run();
        }
        Arrays.sort(latencies, 0, answered);
    }

    /// Share of all calls that were answered within a time.
    double within(long nanos) {
        int n = 0;
        while (n < answered && latencies[n] <= nanos) {
            n++;
        }
        return (double) n / (answered + refused);
    }

    double percentileMillis(double p) {
        return latencies[(int) Math.min(answered - 1L, (long) (p * answered))] / (double) MS;
    }
}
