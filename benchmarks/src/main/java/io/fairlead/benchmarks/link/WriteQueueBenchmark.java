package io.fairlead.benchmarks.link;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Link;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.LinkServer;
import io.fairlead.link.LinkSettings;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Frames written to a link during one pass of its loop, through the adapter and the kernel, until the other side has
/// read them and
/// said so: what gathering a pass's frames is worth.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WriteQueueBenchmark {
    private static final int FRAMES = 64;
    private static final byte[] ROUTE = {'a', '/', 'b'};

    /// Of each frame.
    @Param({"64", "1024"})
    private int payloadBytes;

    private final NettyTransport transport = NettyTransport.createDaemon(2, "benchmark");
    private final LinkServer server;
    private final CompletableFuture<Link> opened = new CompletableFuture<>();
    private final LinkConnector connector;
    private byte[] payload = new byte[0];

    /// Used on the link's loop.
    private CompletableFuture<Void> answered = new CompletableFuture<>();

    private long lastId;

    /// A link over loopback; its ends have a loop each.
    public WriteQueueBenchmark() {
        server = new LinkServer(transport, "127.0.0.1", 0, LinkSettings.of("worker", "w"), new Counting());
        server.start();
        connector = new LinkConnector(
                transport,
                transport.loops().getFirst(),
                "127.0.0.1",
                server.port(),
                LinkSettings.of("client", "c"),
                new Sending(),
                new SplittableRandom(1));
    }

    /// @throws Exception if there is no link
    @Setup
    public void setUp() throws Exception {
        payload = new byte[payloadBytes];
        connector.start();
        opened.get(5, TimeUnit.SECONDS);
    }

    /// Ends it.
    @TearDown
    public void tearDown() {
        connector.close();
        server.close();
        transport.close();
    }

    /// All in one pass, as the gateway does.
    ///
    /// @throws Exception if the link has ended
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void gathered() throws Exception {
        send(link -> {
            for (int i = 1; i <= FRAMES; i++) {
                write(link);
            }
        });
    }

    /// One pass each.
    ///
    /// @throws Exception if the link has ended
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void oneByOne() throws Exception {
        send(link -> writeAlone(link, FRAMES));
    }

    private void writeAlone(Link link, int left) {
        write(link);
        if (left > 1) {
            // Behind the flush, which is a task of the loop, too.
            link.eventLoop().execute(() -> writeAlone(link, left - 1));
        }
    }

    private void send(Consumer<Link> frames) throws InterruptedException, ExecutionException {
        Link link = opened.get();
        CompletableFuture<Void> done = new CompletableFuture<>();
        link.eventLoop().execute(() -> {
            answered = done;
            frames.accept(link);
        });
        done.get();
    }

    private void write(Link link) {
        ByteBuf out = link.out(Frames.HEADER_BYTES + ROUTE.length + payload.length);
        Frames.writeHeader(out, FrameType.REQUEST, (byte) 0, 0, ++lastId, 0, ROUTE.length, 0, payload.length);
        out.writeBytes(ROUTE).writeBytes(payload);
    }

    private final class Sending implements LinkHandler {
        @Override
        public void opened(Link link) {
            opened.complete(link);
        }

        @Override
        public void frame(Link link, ByteBuf buf, int at) {
            answered.complete(null);
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {
            answered.completeExceptionally(new IllegalStateException("the link ended: " + reason + " " + detail));
        }
    }

    /// Answers the last of each pass's frames.
    private static final class Counting implements LinkHandler {
        private int read;

        @Override
        public void frame(Link link, ByteBuf buf, int at) {
            if (++read % FRAMES == 0) {
                Frames.writeBare(link.out(Frames.HEADER_BYTES), FrameType.RESPONSE, Frames.id(buf, at));
            }
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {}
    }
}
