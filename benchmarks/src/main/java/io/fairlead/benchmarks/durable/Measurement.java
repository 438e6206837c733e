package io.fairlead.benchmarks.durable;

import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/// What one run has shown. Thread-safe.
final class Measurement {
    /// How long answers are waited for at the end.
    static final int DRAIN_SECONDS = 3;

    private static final System.Logger LOG = System.getLogger(Measurement.class.getName());

    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private volatile boolean measuring;
    private volatile boolean over;

    // Both guarded by this.
    private long[] latencyNanos = new long[1 << 16];
    private int count;

    /// Whether no more messages are to be sent.
    boolean isOver() {
        return over;
    }

    /// From here on acknowledgements count.
    void begin() {
        measuring = true;
    }

    /// From here on none counts, and none is to be sent.
    void end() {
        measuring = false;
        over = true;
    }

    /// A message leaves.
    ///
    /// @return the instant, for [#acknowledged]
    long send() {
        sent.incrementAndGet();
        return System.nanoTime();
    }

    void acknowledged(long sentNanos) {
        answered.incrementAndGet();
        if (!measuring) {
            return;
        }
        long nanos = System.nanoTime() - sentNanos;
        synchronized (this) {
            if (count == latencyNanos.length) {
                latencyNanos = Arrays.copyOf(latencyNanos, count * 2);
            }
            latencyNanos[count++] = nanos;
        }
    }

    /// A message was refused, or its sending failed.
    void failed(Throwable cause) {
        answered.incrementAndGet();
        if (failed.getAndIncrement() == 0) {
            LOG.log(Level.ERROR, "A message failed; further ones are only counted", cause);
        }
    }

    /// The fields of the other load generators, without braces.
    synchronized String json(double seconds) {
        long[] sorted = Arrays.copyOf(latencyNanos, count);
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "\"calls\":%d,\"seconds\":%.3f,\"callsPerSecond\":%.0f,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
                        + "\"max\":%.1f,\"wrong\":0,\"unanswered\":%d,\"lostConnections\":0,\"errors\":{%s}",
                count,
                seconds,
                count / seconds,
                micros(sorted, 0.5),
                micros(sorted, 0.99),
                micros(sorted, 0.999),
                micros(sorted, 1),
                sent.get() - answered.get(),
                failed.get() == 0 ? "" : "\"FAILED\":" + failed.get());
    }

    private static double micros(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e3;
    }
}
