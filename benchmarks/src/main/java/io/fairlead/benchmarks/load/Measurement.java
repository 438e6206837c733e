package io.fairlead.benchmarks.load;

import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/// What one run has shown. Thread-safe.
public final class Measurement {
    /// How long answers are waited for at the end.
    public static final int DRAIN_SECONDS = 3;

    private static final double[] PERCENTILES = {0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999, 100};
    private static final System.Logger LOG = System.getLogger(Measurement.class.getName());

    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong wrong = new AtomicLong();
    private final Recorder nanos = new Recorder(2);
    private volatile boolean measuring;
    private volatile boolean over;

    Measurement() {}

    /// Whether no more is to be sent.
    public boolean isOver() {
        return over;
    }

    /// From here on answers and failures count.
    void begin() {
        failed.set(0);
        measuring = true;
    }

    /// From here on none counts, and none is to be sent.
    void end() {
        measuring = false;
        over = true;
    }

    /// A message or call leaves.
    ///
    /// @return the instant, for [#answered]
    public long send() {
        sent.incrementAndGet();
        return System.nanoTime();
    }

    /// The answer of a message or call came.
    ///
    /// @param sinceNanos when it was sent; or was to be sent, where calls arrive at a rate
    public void answered(long sinceNanos) {
        answered.incrementAndGet();
        if (measuring) {
            nanos.recordValue(Math.max(0, System.nanoTime() - sinceNanos));
        }
    }

    /// An answer has other bytes than its request. It counts nevertheless.
    public void wrong() {
        wrong.incrementAndGet();
    }

    /// A message or call was refused, or its sending failed.
    public void failed(Throwable cause) {
        answered.incrementAndGet();
        if (failed.getAndIncrement() == 0) {
            LOG.log(Level.ERROR, "One failed; further ones are only counted", cause);
        }
    }

    /// The figures, in the fields that the load generator in C prints.
    Map<String, Object> figures(double seconds) {
        Histogram histogram = nanos.getIntervalHistogram();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("calls", histogram.getTotalCount());
        figures.put("seconds", seconds);
        figures.put("callsPerSecond", histogram.getTotalCount() / seconds);
        figures.put("p50", micros(histogram, 50));
        figures.put("p99", micros(histogram, 99));
        figures.put("p999", micros(histogram, 99.9));
        figures.put("max", micros(histogram, 100));
        Map<String, Double> percentiles = new LinkedHashMap<>();
        for (double percentile : PERCENTILES) {
            percentiles.put(String.valueOf(percentile).replaceFirst("\\.0$", ""), micros(histogram, percentile));
        }
        figures.put("percentiles", percentiles);
        figures.put("wrong", wrong.get());
        figures.put("unanswered", sent.get() - answered.get());
        figures.put("lostConnections", 0);
        figures.put("errors", failed.get() == 0 ? Map.of() : Map.of("FAILED", failed.get()));
        return figures;
    }

    private static double micros(Histogram histogram, double percentile) {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1e3;
    }
}
