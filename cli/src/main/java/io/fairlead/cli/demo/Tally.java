package io.fairlead.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// The books of one protocol. Thread-safe.
final class Tally {
    private static final int MAX_EXAMPLES = 3;

    private final String protocol;
    private final AtomicLong sent = new AtomicLong();
    private final LongAdder answered = new LongAdder();
    private final LongAdder wrong = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder unknown = new LongAdder();
    private final LongAdder repeated = new LongAdder();
    private final LongAdder reconnects = new LongAdder();
    private final Latencies latencies = new Latencies();

    /// Guarded by itself; the first of what went wrong.
    private final List<String> examples = new ArrayList<>();

    Tally(String protocol) {
        this.protocol = protocol;
    }

    /// Takes the number of the next message, from 1.
    long send() {
        return sent.incrementAndGet();
    }

    void answered(long nanos) {
        answered.increment();
        latencies.record(nanos);
    }

    void wrong(String example) {
        wrong.increment();
        remember("wrong: " + example);
    }

    void failed(String example) {
        failed.increment();
        remember("failed: " + example);
    }

    /// An answer said that the message may have run.
    void unknown() {
        unknown.increment();
    }

    void repeated() {
        repeated.increment();
    }

    /// A connection ended, and another one is opened.
    void reconnected() {
        reconnects.increment();
    }

    long reconnects() {
        return reconnects.sum();
    }

    private void remember(String example) {
        synchronized (examples) {
            if (examples.size() < MAX_EXAMPLES) {
                examples.add(protocol + ", " + example);
            }
        }
    }

    long sent() {
        return sent.get();
    }

    long answered() {
        return answered.sum();
    }

    /// Messages that have had no end yet.
    long underWay() {
        return Math.max(0, sent.get() - answered.sum() - wrong.sum() - failed.sum());
    }

    Latencies latencies() {
        return latencies;
    }

    List<String> examples() {
        synchronized (examples) {
            return List.copyOf(examples);
        }
    }

    /// The final figures. What has had no end counts as failed: an answer that never came.
    DemoReport.Line line() {
        long missing = underWay();
        if (missing > 0) {
            remember("failed: " + missing + " never answered");
        }
        return new DemoReport.Line(
                protocol,
                sent.get(),
                answered.sum(),
                wrong.sum(),
                failed.sum() + missing,
                unknown.sum(),
                repeated.sum(),
                latencies.micros(0.5),
                latencies.micros(0.99));
    }
}
