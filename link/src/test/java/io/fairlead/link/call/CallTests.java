package io.fairlead.link.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CallTests {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final NettyTransport transport = NettyTransport.create(2, "test");
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final Map<Route, CallHandler> handlers = new HashMap<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources.reversed()) {
            resource.close();
        }
        transport.close();
    }

    private CallServer server(int port, int maxInFlight) {
        CallServer server =
                new CallServer(transport, "127.0.0.1", port, LinkSettings.of("worker", "test"), handlers, maxInFlight);
        server.start();
        resources.add(server);
        return server;
    }

    private CallClient client(int... ports) {
        List<InetSocketAddress> addresses = IntStream.of(ports)
                .mapToObj(port -> new InetSocketAddress("127.0.0.1", port))
                .toList();
        CallClient client = new CallClient(
                transport, addresses, LinkSettings.of("client", "test"), 10_000, new CallClient.Listener() {});
        client.start();
        resources.add(client);
        return client;
    }

    private void handle(String route, CallHandler handler) {
        handlers.put(Route.parse(route), handler);
    }

    private static Request request(String route, String payload) {
        return Request.of(route, payload.getBytes(UTF_8), TIMEOUT);
    }

    private static CallException failure(CompletableFuture<?> future) {
        CompletionException thrown = catchThrowableOfType(CompletionException.class, future::join);
        assertThat(thrown).hasCauseInstanceOf(CallException.class);
        return (CallException) thrown.getCause();
    }

    @Test
    void answersReachTheCallsTheyAnswer() {
        handle("echo/echo", call -> call.reply(call.payload()));
        CallClient client = client(server(0, 10_000).port());

        List<CompletableFuture<Reply>> replies = IntStream.range(0, 5000)
                .mapToObj(i -> client.call(request("echo/echo", "payload " + i)))
                .toList();

        for (int i = 0; i < replies.size(); i++) {
            assertThat(new String(replies.get(i).join().payload(), UTF_8)).isEqualTo("payload " + i);
        }
        assertThat(client.inFlight()).isZero();
    }

    @Test
    void answersFromOtherThreadsArriveOutOfOrder() {
        handle("slow/odd", call -> Thread.startVirtualThread(() -> call.reply(call.payload())));
        CallClient client = client(server(0, 10_000).port());

        List<CompletableFuture<Reply>> replies = IntStream.range(0, 2000)
                .mapToObj(i -> client.call(request("slow/odd", "payload " + i)))
                .toList();

        for (int i = 0; i < replies.size(); i++) {
            assertThat(new String(replies.get(i).join().payload(), UTF_8)).isEqualTo("payload " + i);
        }
    }

    @Test
    void bigPayloadsGoBothWays() {
        handle("echo/echo", call -> call.reply(call.payload()));
        CallClient client = client(server(0, 10).port());
        String big = "x".repeat(3_000_000);

        assertThat(new String(client.call(request("echo/echo", big)).join().payload(), UTF_8))
                .isEqualTo(big);
    }

    @Test
    void metadataGoesBothWays() {
        handle("meta/data", call -> call.reply(call.metadata().with("answer", "42"), call.payload()));
        CallClient client = client(server(0, 10).port());

        Reply reply = client.call(new Request(
                        Route.parse("meta/data"),
                        Metadata.of(Map.of(Metadata.IDEMPOTENCY_KEY, "k1")),
                        new byte[0],
                        TIMEOUT))
                .join();

        assertThat(reply.metadata().asMap())
                .containsEntry("idempotency-key", "k1")
                .containsEntry("answer", "42");
    }

    @Test
    void streamsEndWithTheirLastPart() {
        handle("count/up", call -> {
            for (int i = 0; i < 5; i++) {
                call.replyPart(new byte[] {(byte) i});
            }
            call.reply(new byte[] {5});
        });
        CallClient client = client(server(0, 10).port());
        Queue<Byte> seen = new ConcurrentLinkedQueue<>();
        CompletableFuture<Byte> last = new CompletableFuture<>();

        client.call(request("count/up", ""), new StreamObserver() {
            @Override
            public void part(Reply part) {
                seen.add(part.payload()[0]);
            }

            @Override
            public void reply(Reply reply) {
                last.complete(reply.payload()[0]);
            }

            @Override
            public void failed(CallException failure) {
                last.completeExceptionally(failure);
            }
        });

        assertThat(last.join()).isEqualTo((byte) 5);
        assertThat(seen).containsExactly((byte) 0, (byte) 1, (byte) 2, (byte) 3, (byte) 4);
    }

    @Test
    void unknownMethodsCertainlyDidNotRun() {
        CallClient client = client(server(0, 10).port());

        CallException failure = failure(client.call(request("no/such", "")));

        assertThat(failure.status()).isEqualTo(Status.UNIMPLEMENTED);
        assertThat(failure.certainlyNotRun()).isTrue();
        assertThat(failure).hasMessageContaining("no/such");
    }

    @Test
    void callsBeyondTheLimitAreRefusedAtOnce() {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        handle("hold/on", held::add);
        CallServer server = server(0, 2);
        CallClient client = client(server.port());

        CompletableFuture<Reply> first = client.call(request("hold/on", "1"));
        CompletableFuture<Reply> second = client.call(request("hold/on", "2"));
        CallException failure = failure(client.call(request("hold/on", "3")));

        assertThat(failure.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(failure.certainlyNotRun()).isTrue();
        held.forEach(call -> call.reply(call.payload()));
        assertThat(first.join().payload()).isEqualTo("1".getBytes(UTF_8));
        assertThat(second.join().payload()).isEqualTo("2".getBytes(UTF_8));
        assertThat(server.inFlight()).isZero();
    }

    @Test
    void deadlineEndsTheCallAndTellsTheHandler() {
        CompletableFuture<IncomingCall> seen = new CompletableFuture<>();
        handle("hold/on", seen::complete);
        CallClient client = client(server(0, 10).port());

        CallException failure = failure(client.call(Request.of("hold/on", new byte[0], Duration.ofMillis(100))));

        assertThat(failure.status()).isEqualTo(Status.DEADLINE_EXCEEDED);
        IncomingCall call = seen.join();
        assertThat(call.hasDeadline()).isTrue();
        await().until(call::isCancelled);
        assertThat(call.reply(new byte[0])).isFalse();
    }

    @Test
    void deadlineTellsAHandlerThatListensEvenIfTheCallerDoesNot() {
        CompletableFuture<IncomingCall> told = new CompletableFuture<>();
        handle("hold/on", call -> {
            call.limitTime(Duration.ofMillis(50));
            call.onCancel(() -> told.complete(call));
        });
        CallClient client = client(server(0, 10).port());

        CompletableFuture<Reply> reply = client.call(request("hold/on", ""));

        IncomingCall call = told.join();
        assertThat(call.isExpired()).isTrue();
        assertThat(call.reply("late but wanted".getBytes(UTF_8))).isTrue();
        assertThat(reply.join().payload()).isEqualTo("late but wanted".getBytes(UTF_8));
    }

    @Test
    void anAnswerBeforeTheDeadlineIsNotFollowedByACancellation() {
        AtomicInteger told = new AtomicInteger();
        handle("quick/one", call -> {
            call.limitTime(Duration.ofMillis(20));
            call.onCancel(told::incrementAndGet);
            call.reply(new byte[0]);
        });
        CallClient client = client(server(0, 10).port());

        client.call(request("quick/one", "")).join();

        await().during(Duration.ofMillis(100)).until(() -> told.get() == 0);
    }

    @Test
    void aCancelledStreamHoldsNoPlace() {
        Queue<IncomingCall> streams = new ConcurrentLinkedQueue<>();
        handle("stream/on", call -> {
            streams.add(call);
            call.replyPart(new byte[0]);
        });
        CallServer server = server(0, 1);
        CallClient client = client(server.port());
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Reply> part = new CompletableFuture<>();
            CallClient.Cancellation cancellation = client.call(request("stream/on", ""), new StreamObserver() {
                @Override
                public void part(Reply reply) {
                    part.complete(reply);
                }

                @Override
                public void reply(Reply reply) {}

                @Override
                public void failed(CallException failure) {
                    part.completeExceptionally(failure);
                }
            });
            part.join();

            cancellation.cancel();

            await().until(() -> server.inFlight() == 0);
            assertThat(streams.remove().replyPart(new byte[0])).isFalse();
        }
    }

    @Test
    void cancellingTheFutureTellsTheHandler() {
        CompletableFuture<IncomingCall> seen = new CompletableFuture<>();
        handle("hold/on", seen::complete);
        CallClient client = client(server(0, 10).port());
        CompletableFuture<Reply> reply = client.call(request("hold/on", ""));
        IncomingCall call = seen.join();
        CompletableFuture<Void> told = new CompletableFuture<>();
        call.onCancel(() -> told.complete(null));

        reply.cancel(false);

        told.join();
        assertThat(client.inFlight()).isZero();
    }

    @Test
    void waitsForAServerThatComesLater() throws Exception {
        handle("echo/echo", call -> call.reply(call.payload()));
        CallServer first = server(0, 10);
        int port = first.port();
        first.close();
        CallClient client = client(port);
        CompletableFuture<Reply> reply = client.call(request("echo/echo", "late"));

        server(port, 10);

        assertThat(reply.join().payload()).isEqualTo("late".getBytes(UTF_8));
    }

    @Test
    void aWrittenCallWhoseServerDiesMayHaveRun() {
        CompletableFuture<IncomingCall> seen = new CompletableFuture<>();
        handle("hold/on", seen::complete);
        CallServer server = server(0, 10);
        CallClient client = client(server.port());
        CompletableFuture<Reply> reply = client.call(request("hold/on", ""));
        seen.join();

        server.close();

        CallException failure = failure(reply);
        assertThat(failure.status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure.certainlyNotRun()).isFalse();
    }

    @Test
    void drainAnswersWhatWasTakenAndSendsTheRestElsewhere() throws Exception {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        handle("hold/on", held::add);
        CallServer first = server(0, 10);
        handlers.put(Route.parse("hold/on"), call -> call.reply("second".getBytes(UTF_8)));
        CallServer second = server(0, 10);
        CallClient client = client(first.port());
        CallClient both = client(first.port(), second.port());
        await().until(both::isConnected);
        CompletableFuture<Reply> taken = client.call(request("hold/on", "taken"));
        await().until(() -> held.size() == 1);

        CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> {
            try {
                return first.drain(Duration.ofSeconds(20), "test");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().untilAsserted(() -> assertThat(
                        new String(both.call(request("hold/on", "new")).join().payload(), UTF_8))
                .isEqualTo("second"));
        assertThat(drained).isNotDone();
        held.forEach(call -> call.reply("first".getBytes(UTF_8)));

        assertThat(new String(taken.join().payload(), UTF_8)).isEqualTo("first");
        assertThat(drained.join()).isTrue();
    }

    @Test
    void handlerExceptionsAreInternalErrors() {
        handle("bad/luck", call -> {
            throw new IllegalStateException("bad luck");
        });
        CallClient client = client(server(0, 10).port());

        CallException failure = failure(client.call(request("bad/luck", "")));

        assertThat(failure.status()).isEqualTo(Status.INTERNAL);
        assertThat(failure.certainlyNotRun()).isFalse();
    }
}
