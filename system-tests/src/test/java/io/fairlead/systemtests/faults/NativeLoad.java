package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.client.FairleadClient;
import io.fairlead.link.call.CallException;
import io.fairlead.wire.Status;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A native client that calls at a fixed rate, whether or not earlier calls are answered: idempotent and
/// other methods in turn.
final class NativeLoad implements AutoCloseable {
    private final String name;
    private final Calls calls;
    private final FairleadClient client;
    private final AtomicInteger inFlight = new AtomicInteger();
    private int number;

    /// @param gateways `host:port`, the one to prefer first
    NativeLoad(String name, Calls calls, List<String> gateways) {
        this.name = name;
        this.calls = calls;
        this.client = FairleadClient.builder()
                .name(name)
                .addresses(gateways)
                .defaultTimeout(Calls.TIMEOUT)
                .build();
    }

    void start(ScheduledExecutorService clock, int callsPerSecond) {
        clock.scheduleAtFixedRate(this::call, 0, TimeUnit.SECONDS.toNanos(1) / callsPerSecond, TimeUnit.NANOSECONDS);
    }

    /// On the clock's thread alone.
    private void call() {
        boolean read = number % 2 == 0;
        String id = name + "-" + number++;
        inFlight.incrementAndGet();
        calls.begin(id, read ? "native read" : "native apply", read, Optional.empty());
        client.callAsync(read ? "ledger/read" : "ledger/apply", id.getBytes(UTF_8))
                .whenComplete((reply, failure) -> {
                    if (failure == null) {
                        String text = new String(reply.payload(), UTF_8);
                        calls.end(id, text.startsWith(id + " ") ? Outcome.RIGHT : Outcome.WRONG, text);
                    } else {
                        calls.end(id, outcome(failure), String.valueOf(failure.getMessage()));
                    }
                    inFlight.decrementAndGet();
                });
    }

    private static Outcome outcome(Throwable failure) {
        if (!(failure instanceof CallException call)) {
            return Outcome.FAILED;
        }
        if (call.status() == Status.UNKNOWN) {
            return Outcome.UNKNOWN;
        }
        if (call.status() == Status.DEADLINE_EXCEEDED) {
            return Outcome.DEADLINE;
        }
        return call.certainlyNotRun() ? Outcome.REFUSED : Outcome.FAILED;
    }

    /// Waits until each call has ended; as long as it has time and a little more.
    void awaitAnswers() {
        long end = System.nanoTime() + Calls.TIMEOUT.toNanos() + Checker.SLACK_NANOS;
        while (inFlight.get() > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
