package io.fairlead.benchmarks.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A batch of 64 requests as one read brings it, in a pooled direct buffer. Figures are per batch.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FramesBenchmark {
    private static final int FRAMES = 64;

    /// Bytes of each payload.
    @Param({"64", "1024"})
    private int payloadBytes;

    private byte[] route = new byte[0];
    private byte[] payload = new byte[0];
    private Metadata metadata = Metadata.EMPTY;
    private @Nullable ByteBuf batch;
    private @Nullable ByteBuf out;

    /// Fills the batch.
    @Setup
    public void setUp() {
        route = "echo/echo".getBytes(US_ASCII);
        payload = new byte[payloadBytes];
        metadata = Metadata.of(Map.of(Metadata.TRACEPARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        int bytes = FRAMES * (Frames.HEADER_BYTES + route.length + payloadBytes);
        batch = PooledByteBufAllocator.DEFAULT.directBuffer(bytes);
        out = PooledByteBufAllocator.DEFAULT.directBuffer(bytes);
        for (int i = 1; i <= FRAMES; i++) {
            writeRequest(batch(), i);
        }
    }

    /// Gives the buffers back.
    @TearDown
    public void tearDown() {
        batch().release();
        out().release();
    }

    /// Checks the headers of all frames of a batch, as a link's reader does.
    @Benchmark
    public int completeBytes() {
        return Frames.completeBytes(batch(), Frames.DEFAULT_MAX_LENGTH);
    }

    /// Reads type, id and payload bounds of each frame and patches its id in place, as a forwarder does.
    @Benchmark
    public long walkAndPatch() {
        ByteBuf in = batch();
        long sum = 0;
        for (int at = 0; at < in.writerIndex(); at += Frames.size(in, at)) {
            long id = Frames.id(in, at);
            Frames.setId(in, at, id ^ 1);
            sum += id + Frames.type(in, at) + Frames.payloadLength(in, at);
        }
        return sum;
    }

    /// As [#walkAndPatch], and copies each frame to another buffer.
    @Benchmark
    public int copyAndPatch() {
        ByteBuf in = batch();
        ByteBuf to = out().clear();
        for (int at = 0; at < in.writerIndex(); at += Frames.size(in, at)) {
            int start = to.writerIndex();
            to.writeBytes(in, at, Frames.size(in, at));
            Frames.setId(to, start, Frames.id(in, at) + 1);
        }
        return to.writerIndex();
    }

    /// Writes 64 requests.
    @Benchmark
    public int encode() {
        ByteBuf to = out().clear();
        for (int i = 1; i <= FRAMES; i++) {
            writeRequest(to, i);
        }
        return to.writerIndex();
    }

    /// Writes and reads one entry of metadata.
    @Benchmark
    public Metadata metadataRoundTrip() {
        ByteBuf to = out().clear();
        metadata.encode(to);
        return Metadata.decode(to, 0, to.writerIndex());
    }

    private void writeRequest(ByteBuf to, long id) {
        Frames.writeHeader(to, FrameType.REQUEST, (byte) 0, 0, id, 1000, route.length, 0, payload.length);
        to.writeBytes(route).writeBytes(payload);
    }

    private ByteBuf batch() {
        return requireNonNull(batch);
    }

    private ByteBuf out() {
        return requireNonNull(out);
    }
}
