package io.fairlead.benchmarks.rpc;

import io.fairlead.benchmarks.load.LoadOptions;
import io.fairlead.benchmarks.load.Measurement;
import io.fairlead.benchmarks.load.Peer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Calls that are to be answered with their own bytes.
///
/// In a closed loop the thread that brings an answer makes the next call. At a rate the sender's thread makes
/// all calls, at random times (Poisson, fixed seed), and latency runs from the time at which a call was to be
/// made: what waits for a place because answers are late is counted, too (no coordinated omission).
abstract class CallPeer implements Peer {
    private static final int SEED = 7;

    /// Makes one call; its end is told to the slot, on any thread.
    ///
    /// @param payload not changed until then
    abstract void call(byte[] payload, Slot slot);

    @Override
    public final void run(LoadOptions load, byte[] payload, Measurement measurement) throws Exception {
        Semaphore places = new Semaphore(0);
        Queue<Slot> idle = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < load.window(); i++) {
            Slot slot = new Slot(this, i, payload.clone(), measurement, load.rate() > 0, (free) -> {
                idle.add(free);
                places.release();
            });
            if (load.rate() > 0) {
                slot.free();
            } else {
                slot.call(measurement.send());
            }
        }
        if (load.rate() > 0) {
            arrivals(load.rate(), measurement, idle, places);
        }
        if (!places.tryAcquire(
                load.window(),
                (long) load.warmup() + (long) load.seconds() + Measurement.DRAIN_SECONDS + 1,
                TimeUnit.SECONDS)) {
            System.getLogger(CallPeer.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "Not all calls were answered: {0} of {1}",
                            places.availablePermits(),
                            load.window());
        }
    }

    private static void arrivals(double rate, Measurement measurement, Queue<Slot> idle, Semaphore places)
            throws InterruptedException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        long dueNanos = System.nanoTime();
        while (!measurement.isOver()) {
            long wait = dueNanos - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
                continue;
            }
            if (places.tryAcquire(50, TimeUnit.MILLISECONDS)) {
                Slot slot = idle.remove();
                measurement.send();
                slot.call(dueNanos);
                dueNanos += (long) (random.nextExponential() * 1e9 / rate);
            }
        }
    }
}
