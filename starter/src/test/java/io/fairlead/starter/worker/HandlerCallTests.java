package io.fairlead.starter.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.starter.Call;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Calls that are held between their arrival and their beginning, as on a busy machine.
class HandlerCallTests {
    private final NettyTransport transport = NettyTransport.create(1, "test");
    private final BlockingQueue<IncomingCall> arrived = new LinkedBlockingQueue<>();
    private final List<Status> recorded = new CopyOnWriteArrayList<>();
    private final Permits permits = new Permits(ConcurrencyLimit.fixed(10));
    private final Counter counter = new Counter();
    private final CallServer server = new CallServer(
            transport,
            "127.0.0.1",
            0,
            LinkSettings.of("worker", "test"),
            Map.of(Route.parse("counter/count"), arrived::add),
            10);
    private WorkerCalls calls;
    private HandlerMethod method;

    @BeforeEach
    void start() throws NoSuchMethodException {
        server.start();
        calls = new WorkerCalls(server.port());
        var count = Counter.class.getDeclaredMethod("count");
        method = new HandlerMethods(
                        new Payloads(JsonMapper.builder().build()), route -> (status, nanos) -> recorded.add(status))
                .handler("counter", counter, Counter.class, count, Declared.of(count.getAnnotation(Call.class)), null);
    }

    @AfterEach
    void stop() {
        calls.close();
        server.close();
        transport.close();
    }

    @Test
    void doesNotBeginExpiredWork() throws InterruptedException {
        calls.send(Request.of("counter/count", new byte[0], Duration.ofMillis(100)));
        IncomingCall call = take();
        Awaitility.await().until(call::isExpired);

        run(call);

        assertThat(counter.count).hasValue(0);
        assertThat(recorded).singleElement().isIn(Status.DEADLINE_EXCEEDED, Status.CANCELLED);
        assertThat(permits.taken()).isZero();
    }

    @Test
    void doesNotBeginCancelledWork() throws InterruptedException {
        CompletableFuture<Reply> pending = calls.send("counter/count", "");
        IncomingCall call = take();
        pending.cancel(false);
        Awaitility.await().until(call::isCancelled);

        run(call);

        assertThat(counter.count).hasValue(0);
        assertThat(recorded).containsExactly(Status.CANCELLED);
        assertThat(permits.taken()).isZero();
        Awaitility.await().untilAsserted(() -> assertThat(server.inFlight()).isZero());
    }

    @Test
    void runsOnceAndGivesItsPermitBack() throws Exception {
        CompletableFuture<Reply> pending = calls.send("counter/count", "");

        run(take());

        pending.get(10, TimeUnit.SECONDS);
        assertThat(counter.count).hasValue(1);
        assertThat(recorded).containsExactly(Status.OK);
        assertThat(permits.taken()).isZero();
    }

    private IncomingCall take() throws InterruptedException {
        IncomingCall call = arrived.poll(10, TimeUnit.SECONDS);
        assertThat(call).isNotNull();
        return Objects.requireNonNull(call);
    }

    private void run(IncomingCall call) {
        int inFlight = permits.tryAcquire(Priority.NORMAL);
        assertThat(inFlight).isEqualTo(1);
        new HandlerCall(method, call, permits, inFlight).run();
    }

    static class Counter {
        final AtomicInteger count = new AtomicInteger();

        @Call
        void count() {
            count.incrementAndGet();
        }
    }
}
