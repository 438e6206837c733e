package io.fairlead.benchmarks.rpc;

import io.fairlead.benchmarks.load.Measurement;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A place for one call in flight. Its payload is its own, with its number and a count of its calls in front.
/// Used by one thread after the other: the library that carries the call orders them.
final class Slot {
    /// Between a failure and the next call: a server that refuses at once is not to be asked in a loop, nor on its own
    /// stack.
    private static final Executor LATER = CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS);

    private static final int STAMP = 12;

    private final CallPeer peer;
    private final byte[] payload;
    private final Measurement measurement;
    private final boolean once;
    private final Consumer<Slot> whenFree;
    private long calls;
    private long sinceNanos;

    /// @param payload at least 12 bytes, the slot's own
    /// @param once whether it is free after each call; else, after its answer, it calls again
    Slot(CallPeer peer, int number, byte[] payload, Measurement measurement, boolean once, Consumer<Slot> whenFree) {
        this.peer = peer;
        this.payload = payload;
        this.measurement = measurement;
        this.once = once;
        this.whenFree = whenFree;
        put(0, 4, number);
    }

    /// @param sinceNanos from when its latency counts
    void call(long sinceNanos) {
        this.sinceNanos = sinceNanos;
        put(4, STAMP - 4, ++calls);
        peer.call(payload, this);
    }

    void free() {
        whenFree.accept(this);
    }

    /// The call was answered with these bytes.
    void answered(byte[] reply) {
        if (!Arrays.equals(reply, payload)) {
            measurement.wrong();
        }
        measurement.answered(sinceNanos);
        next();
    }

    /// The call ended otherwise.
    void failed(Throwable failure) {
        measurement.failed(failure);
        LATER.execute(this::next);
    }

    private void next() {
        if (once || measurement.isOver()) {
            free();
        } else {
            call(measurement.send());
        }
    }

    private void put(int at, int bytes, long value) {
        for (int i = 0; i < bytes; i++) {
            payload[at + i] = (byte) (value >>> (8 * i));
        }
    }
}
