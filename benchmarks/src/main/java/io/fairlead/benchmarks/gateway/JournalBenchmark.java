package io.fairlead.benchmarks.gateway;

import io.fairlead.gateway.journal.Acceptance;
import io.fairlead.gateway.journal.Binding;
import io.fairlead.gateway.journal.Changes;
import io.fairlead.gateway.journal.Journal;
import io.fairlead.gateway.journal.JournalProperties;
import io.fairlead.gateway.journal.Message;
import io.fairlead.gateway.journal.MessageStores;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Messages of 256 B from the journal's queue until they are acknowledged as being on disk, 128 at a time and then
/// the next 128. On the disk of the working directory.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class JournalBenchmark {
    private static final int AT_A_TIME = 128;
    private static final byte[] PAYLOAD = new byte[256];
    private static final Binding BINDING = new Binding("benchmark", new Route("orders", "place"));

    private final NettyTransport transport = NettyTransport.createDaemon(1, "benchmark");
    private final Path folder = Path.of("journal-benchmark").toAbsolutePath();
    private final Journal journal;

    /// A new journal.
    public JournalBenchmark() {
        delete(folder);
        journal = new Journal(
                MessageStores.open(new JournalProperties(
                        "jdbc:sqlite:" + folder.resolve("journal.db"), null, null, 6, Duration.ofHours(1), 100_000)),
                new Nobody());
    }

    /// Starts it.
    @Setup
    public void setUp() {
        journal.start();
    }

    /// Ends it, and deletes its files.
    @TearDown
    public void tearDown() {
        journal.close();
        transport.close();
        delete(folder);
    }

    /// @throws InterruptedException when JMH ends
    @Benchmark
    @OperationsPerInvocation(AT_A_TIME)
    public void append() throws InterruptedException {
        Waiting waiting = new Waiting(transport.next(), new CountDownLatch(AT_A_TIME));
        long now = System.currentTimeMillis();
        for (int i = 0; i < AT_A_TIME; i++) {
            Message message =
                    new Message(BINDING, i % 64, null, null, Priority.NORMAL, now, 0, 0, 0, new byte[0], PAYLOAD);
            String refused = journal.accept(message, waiting);
            if (refused != null) {
                throw new IllegalStateException(refused);
            }
        }
        waiting.left.await();
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot delete " + folder, e);
        }
    }

    private record Waiting(EventLoop loop, CountDownLatch left) implements Acceptance {
        @Override
        public void accepted(Message message) {
            left.countDown();
        }

        @Override
        public void refused(Status status, boolean certainlyNotKept, String why) {
            throw new IllegalStateException(status + " " + why);
        }
    }

    /// Who never delivers.
    private static final class Nobody implements Journal.Listener {
        @Override
        public void accepted(List<Message> messages) {}

        @Override
        public void ended(List<Changes.End> ended) {}

        @Override
        public void recovered() {}
    }
}
