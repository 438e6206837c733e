package io.fairlead.systemtests.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.client.CallOptions;
import io.fairlead.client.FairleadClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Native clients, one for each choice of gateways, so that it is known where a message went. Messages of many
/// keys are in flight at a time. After a failure it goes to the next gateway.
final class NativeProducer implements Producer {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final String name;
    private final Kind kind;
    private final int keys;
    private final SendLog log;
    private final Pace pace;
    private final List<FairleadClient> clients;
    private final AtomicInteger current;
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicLong acknowledged = new AtomicLong();
    private volatile boolean stopped;
    private volatile boolean closed;

    /// What it sends.
    enum Kind {
        /// Durable messages; the answer is the journal's name of the message.
        MESSAGE,
        /// Calls with an idempotency key; the answer is the handler's.
        CALL
    }

    /// @param clients each with one gateway, or one with several
    /// @param first client to begin with
    NativeProducer(String name, Kind kind, int keys, SendLog log, Pace pace, List<FairleadClient> clients, int first) {
        this.name = name;
        this.kind = kind;
        this.keys = keys;
        this.log = log;
        this.pace = pace;
        this.clients = List.copyOf(clients);
        this.current = new AtomicInteger(first % clients.size());
    }

    @Override
    public void start() {
        for (int key = 0; key < keys; key++) {
            next(key);
        }
    }

    private void next(int key) {
        pace.then(() -> {
            if (!stopped) {
                outstanding.incrementAndGet();
                attempt(new Sent(name, numbers.getAndIncrement(), key));
            }
        });
    }

    private void attempt(Sent sent) {
        if (closed) {
            return;
        }
        int gateway = current.get();
        log.sent(sent, gateway);
        send(clients.get(gateway), sent).whenComplete((answer, failure) -> answered(sent, gateway, answer, failure));
    }

    private CompletableFuture<String> send(FairleadClient client, Sent sent) {
        byte[] payload = (sent.producer() + " " + sent.number() + " " + sent.orderingKey()).getBytes(UTF_8);
        CallOptions options = CallOptions.DEFAULTS.withTimeout(TIMEOUT).withIdempotencyKey(sent.id());
        return switch (kind) {
            case MESSAGE -> client.sendAsync("crash/note", payload, options.withOrderingKey(sent.orderingKey()));
            case CALL ->
                client.callAsync("crash/apply", payload, options)
                        .thenApply(reply -> new String(reply.payload(), UTF_8));
        };
    }

    private void answered(Sent sent, int gateway, @Nullable String answer, @Nullable Throwable failure) {
        if (closed) {
            return;
        }
        if (answer == null) {
            log.notAcknowledged(sent, String.valueOf(failure));
            current.compareAndSet(gateway, (gateway + 1) % clients.size());
            pace.after(PAUSE_NANOS, () -> attempt(sent));
            return;
        }
        log.acknowledged(sent, answer);
        acknowledged.incrementAndGet();
        outstanding.decrementAndGet();
        next(sent.key());
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public int outstanding() {
        return outstanding.get();
    }

    @Override
    public long acknowledged() {
        return acknowledged.get();
    }

    @Override
    public void close() {
        stopped = true;
        closed = true;
        clients.forEach(FairleadClient::close);
        log.close();
    }
}
