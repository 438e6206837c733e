package io.fairlead.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Clients that call all the time, each one call after the other, and check every reply. At most [#MAX_CALLS] calls a
/// client.
final class Load implements AutoCloseable {
    private static final int MAX_CALLS = 50_000;

    /// Between two calls of a client, so that the clients leave the machine to those they call.
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Tally> tallies = new LinkedHashMap<>();
    private volatile boolean stopped;

    /// What became of a call that was not wrong.
    enum Outcome {
        /// The right reply.
        RIGHT,
        /// "May have run".
        UNKNOWN
    }

    /// One client with its connection.
    interface Client extends AutoCloseable {
        /// Makes a call. Whatever it throws is a wrong or missing reply, and the end of this client.
        ///
        /// @param number differs from all other calls of this client
        Outcome call(int number) throws Exception;

        @Override
        default void close() throws IOException {}
    }

    /// Opens a client.
    interface Opener {
        /// @param client number of the client
        Client open(int client) throws Exception;
    }

    private record Tally(AtomicLong right, AtomicLong unknown, Queue<String> faults) {}

    /// Starts clients of a kind.
    void start(String kind, int count, Opener opener) {
        Tally tally = new Tally(new AtomicLong(), new AtomicLong(), new ConcurrentLinkedQueue<>());
        tallies.put(kind, tally);
        for (int i = 0; i < count; i++) {
            int client = i;
            clients.execute(() -> run(opener, client, tally));
        }
    }

    private void run(Opener opener, int number, Tally tally) {
        int call = 0;
        try (Client client = opener.open(number)) {
            for (; call < MAX_CALLS && !stopped; call++) {
                switch (client.call(call)) {
                    case RIGHT -> tally.right().incrementAndGet();
                    case UNKNOWN -> tally.unknown().incrementAndGet();
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (Exception | AssertionError e) {
            tally.faults().add("client " + number + ", call " + call + ": " + e);
        }
    }

    /// Waits until each kind has had this many more right replies.
    void awaitMore(int replies) {
        Map<String, Long> goals = new LinkedHashMap<>();
        tallies.forEach((kind, tally) -> goals.put(kind, tally.right().get() + replies));
        await("the load goes on").atMost(Duration.ofSeconds(60)).until(() -> {
            assertNoFaults();
            return goals.entrySet().stream()
                    .allMatch(goal -> tallies.get(goal.getKey()).right().get() >= goal.getValue());
        });
    }

    long unknown(String kind) {
        return tallies.get(kind).unknown().get();
    }

    List<String> kinds() {
        return List.copyOf(tallies.keySet());
    }

    void assertNoFaults() {
        tallies.forEach((kind, tally) -> assertThat(tally.faults())
                .as("wrong or missing replies of %s", kind)
                .isEmpty());
    }

    /// Lets every call come to its end.
    void stop() {
        stopped = true;
        clients.close();
    }

    @Override
    public void close() {
        stopped = true;
        clients.shutdownNow();
    }
}
