package io.fairlead.benchmarks.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fairlead.wire.Route;
import io.fairlead.wire.RouteTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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

/// One look-up of a route by its bytes, beside the plain way: a string and a `HashMap`.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RouteTableBenchmark {
    /// Routes in the table.
    @Param({"2", "1000"})
    private int routes;

    private RouteTable<Integer> table = RouteTable.of(Map.of());
    private final Map<String, Integer> map = new HashMap<>();
    private final ByteBuf known = Unpooled.directBuffer();
    private final ByteBuf unknown = Unpooled.directBuffer();

    /// Fills both tables.
    @Setup
    public void setUp() {
        Map<Route, Integer> entries = new HashMap<>();
        for (int i = 0; i < routes; i++) {
            entries.put(new Route("service-" + i, "place-order"), i);
        }
        table = RouteTable.of(entries);
        entries.forEach((route, value) -> map.put(route.toString(), value));
        known.writeBytes(new Route("service-1", "place-order").toBytes());
        unknown.writeBytes(new Route("service-x", "place-order").toBytes());
    }

    /// A route that is there.
    @Benchmark
    public @Nullable Integer hit() {
        return table.find(known, 0, known.writerIndex());
    }

    /// One that is not.
    @Benchmark
    public @Nullable Integer miss() {
        return table.find(unknown, 0, unknown.writerIndex());
    }

    /// The plain way.
    @Benchmark
    public @Nullable Integer stringAndHashMap() {
        return map.get(known.toString(0, known.writerIndex(), US_ASCII));
    }
}
