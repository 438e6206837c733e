package io.fairlead.benchmarks.gateway;

import io.fairlead.gateway.balance.Candidate;
import io.fairlead.gateway.balance.Load;
import io.fairlead.gateway.balance.LoadSettings;
import io.fairlead.gateway.balance.PickArgs;
import io.fairlead.gateway.balance.PickSettings;
import io.fairlead.gateway.balance.Picker;
import io.fairlead.gateway.balance.PickerFactory;
import io.fairlead.gateway.balance.Policy;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// One choice of an instance, and what its load hears of the call: begun and answered.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PickerBenchmark {
    private static final long CALL_NANOS = 200_000;

    /// How it chooses.
    @Param
    private Policy policy = Policy.PEAK_EWMA;

    /// Among how many.
    @Param({"2", "20", "200"})
    private int instances;

    private Picker<Instance> picker = Picker.none();
    private final Call call = new Call();
    private long nowNanos = System.nanoTime();

    /// All have the same weight, and have been there for long.
    @Setup
    public void setUp() {
        picker = new PickerFactory(new SplittableRandom(1))
                .build(
                        IntStream.range(0, instances)
                                .mapToObj(i -> new Instance("worker-" + i, new Load(LoadSettings.DEFAULT, 256)))
                                .toList(),
                        PickSettings.of(policy));
    }

    /// @return for JMH
    @Benchmark
    public @Nullable Object pick() {
        nowNanos += 100;
        Instance chosen = picker.pick(call, nowNanos);
        if (chosen != null) {
            chosen.load.began(nowNanos);
            chosen.load.succeeded(CALL_NANOS, nowNanos);
        }
        return chosen;
    }

    private static final class Call implements PickArgs {
        @Override
        public long affinityHash() {
            return 0;
        }

        @Override
        public boolean hasTried(Object candidate) {
            return false;
        }
    }

    private record Instance(String name, Load load) implements Candidate {
        @Override
        public int weight() {
            return 100;
        }

        @Override
        public String zone() {
            return "";
        }

        @Override
        public boolean isAvailable(long nowNanos) {
            return true;
        }

        @Override
        public boolean isWritable() {
            return true;
        }
    }
}
