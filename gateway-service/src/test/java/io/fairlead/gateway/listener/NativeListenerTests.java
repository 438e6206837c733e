package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.upstream.UpstreamMetrics;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Link;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NativeListenerTests {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final CallHandler ECHO = call -> call.reply(call.payload());

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private CallClient client() {
        return rig.client(rig.listener(Map.of("framing", "native")).port());
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
    void callsWithAnAffinityKeyStayAtOneWorker() {
        Map<String, Set<String>> workersOf = new ConcurrentHashMap<>();
        for (String name : List.of("w1", "w2", "w3", "w4")) {
            rig.worker(name, Map.of("echo/echo", call -> {
                workersOf
                        .computeIfAbsent(new String(call.payload(), UTF_8), key -> ConcurrentHashMap.newKeySet())
                        .add(name);
                call.reply(call.payload());
            }));
        }
        CallClient client = client();

        for (int i = 0; i < 400; i++) {
            String key = "key-" + i % 40;
            client.call(new Request(
                            Route.parse("echo/echo"),
                            Metadata.of(Map.of("x", "y", Metadata.AFFINITY_KEY, key)),
                            key.getBytes(UTF_8),
                            Duration.ofSeconds(10)))
                    .join();
        }

        assertThat(workersOf.values())
                .hasSize(40)
                .allSatisfy(workers -> assertThat(workers).hasSize(1));
        assertThat(workersOf.values().stream().flatMap(Set::stream).distinct()).hasSize(4);
    }

    @Test
    void balancesMessageByMessage() {
        Map<String, Set<String>> seen = new ConcurrentHashMap<>();
        for (String name : List.of("w1", "w2", "w3")) {
            rig.worker(name, Map.of("echo/echo", call -> {
                seen.computeIfAbsent(name, key -> ConcurrentHashMap.newKeySet()).add(new String(call.payload(), UTF_8));
                call.reply(call.payload());
            }));
        }
        CallClient client = client();

        List<CompletableFuture<Reply>> replies = IntStream.range(0, 3000)
                .mapToObj(i -> client.call(request("echo/echo", "m" + i)))
                .toList();

        for (int i = 0; i < replies.size(); i++) {
            assertThat(new String(replies.get(i).join().payload(), UTF_8)).isEqualTo("m" + i);
        }
        assertThat(seen).containsOnlyKeys("w1", "w2", "w3");
        UpstreamMetrics metrics = new UpstreamMetrics(rig.upstreams);
        metrics.bindTo(rig.meters);
        assertThat(rig.meters
                        .get("fairlead.upstream.calls")
                        .tag("instance", "w2")
                        .tag("outcome", "answered")
                        .functionCounter()
                        .count())
                .isEqualTo(seen.get("w2").size());
    }

    @Test
    void bigMessagesPassBothWays() {
        rig.worker("w1", Map.of("echo/echo", ECHO));
        CallClient client = client();
        for (int size : new int[] {0, 1, 1000, 1024, 1025, 16_000, 17_000, 70_000, 1_000_000, 3_000_000}) {
            String payload = "x".repeat(size);
            assertThat(new String(
                            client.call(request("echo/echo", payload)).join().payload(), UTF_8))
                    .isEqualTo(payload);
        }
    }

    @Test
    void theWorkerLearnsWhereTheClientCameInAndItsMetadata() {
        CompletableFuture<Metadata> seen = new CompletableFuture<>();
        rig.worker("w1", Map.of("meta/data", call -> {
            seen.complete(call.metadata());
            call.reply(call.metadata(), call.payload());
        }));

        Reply reply = client().call(new Request(
                        Route.parse("meta/data"), Metadata.of(Map.of("traceparent", "00-1")), new byte[] {7}, TIMEOUT))
                .join();

        assertThat(seen.join().asMap()).containsEntry("identity", "test").containsEntry("traceparent", "00-1");
        assertThat(reply.payload()).containsExactly(7);
    }

    @Test
    void aClientCannotClaimAnIdentity() {
        rig.worker("w1", Map.of("meta/data", ECHO));

        CallException failure = failure(client().call(new Request(
                Route.parse("meta/data"), Metadata.of(Map.of("identity", "boss")), new byte[0], TIMEOUT)));

        assertThat(failure.status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(failure.certainlyNotRun()).isTrue();
    }

    @Test
    void metadataThatIsTooLongWithTheGatewaysOwnIsRefusedForThatReason() {
        rig.worker("w1", Map.of("meta/data", ECHO));
        Metadata full = Metadata.of(Map.of("k", "x".repeat(Metadata.MAX_BYTES - 4)));

        CallException failure =
                failure(client().call(new Request(Route.parse("meta/data"), full, new byte[0], TIMEOUT)));

        assertThat(failure.certainlyNotRun()).isTrue();
        assertThat(failure).hasMessageContaining("metadata").hasMessageNotContaining("max-frame-size");
    }

    @Test
    void withoutAWorkerItIsSaidAtOnceThatTheCallHasNotRun() {
        CallException failure = failure(client().call(request("no/one", "")));

        assertThat(failure.status()).isEqualTo(Status.UNAVAILABLE);
        assertThat(failure.certainlyNotRun()).isTrue();
        assertThat(failure).hasMessageContaining("'no'");
    }

    @Test
    void anUnknownMethodOfAKnownServiceIsUnimplemented() {
        rig.worker("w1", Map.of("echo/echo", ECHO));

        assertThat(failure(client().call(request("echo/other", ""))).status()).isEqualTo(Status.UNIMPLEMENTED);
    }

    @Test
    void aCallThatAWorkerRefusesGoesToAnother() {
        rig.worker("w1", Map.of("a/b", call -> call.refuse(Status.RESOURCE_EXHAUSTED, "full", Duration.ZERO)));
        rig.worker("w2", Map.of("a/b", ECHO));
        CallClient client = client();

        for (int i = 0; i < 20; i++) {
            assertThat(client.call(request("a/b", "x")).join().payload()).isEqualTo("x".getBytes(UTF_8));
        }
    }

    @Test
    void aRefusalByAllWorkersReachesTheClientWithItsHint() {
        rig.worker(
                "w1", Map.of("a/b", call -> call.refuse(Status.RESOURCE_EXHAUSTED, "full", Duration.ofMillis(1500))));

        CallException failure = failure(client().call(request("a/b", "")));

        assertThat(failure.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(failure.certainlyNotRun()).isTrue();
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofMillis(1500));
    }

    @Test
    void aWrittenCallOfADyingWorkerMayHaveRun() {
        CompletableFuture<IncomingCall> held = new CompletableFuture<>();
        CallServer dying = rig.worker("w1", Map.of("a/b", held::complete));
        CallClient client = client();
        CompletableFuture<Reply> reply = client.call(request("a/b", "x"));
        held.join();
        rig.worker("w2", Map.of("a/b", ECHO));

        dying.close();

        CallException failure = failure(reply);
        assertThat(failure.status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure.certainlyNotRun()).isFalse();
        assertThat(client.call(request("a/b", "next")).join().payload()).isEqualTo("next".getBytes(UTF_8));
    }

    @Test
    void aCallInFlightWhenALaterIncarnationIsListedIsStillAnswered() {
        CompletableFuture<IncomingCall> held = new CompletableFuture<>();
        rig.worker("w1", Map.of("a/b", held::complete, "a/c", ECHO));
        CallClient client = client();
        CompletableFuture<Reply> reply = client.call(request("a/b", "x"));
        IncomingCall call = held.join();

        rig.reincarnate("w1");
        await().until(() -> rig.upstreams.instances().getFirst().instance().epoch() == 2
                && rig.upstreams.instances().getFirst().connectedLoops() == 2);
        assertThat(client.call(request("a/c", "next")).join().payload()).isEqualTo("next".getBytes(UTF_8));
        call.reply("late".getBytes(UTF_8));

        assertThat(reply.join().payload()).isEqualTo("late".getBytes(UTF_8));
    }

    @Test
    void noCallIsRefusedWhileTheLinkToALaterIncarnationIsMade() throws Exception {
        rig.worker("w1", Map.of("a/b", ECHO));
        Listener lines = rig.listener(Map.of("framing", "lf", "call", "a/b", "dialect", "text"));
        try (Socket client = new Socket("127.0.0.1", lines.port())) {
            BufferedReader answers = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
            for (int epoch = 2; epoch < 30; epoch++) {
                rig.reincarnate("w1");
                client.getOutputStream().write("x\n".repeat(100).getBytes(UTF_8));
                for (int i = 0; i < 100; i++) {
                    assertThat(answers.readLine()).isEqualTo("x");
                }
            }
        }
        await().until(() -> rig.upstreams.instances().getFirst().connectedLoops() == 2);
    }

    @Test
    void anEarlierIncarnationIsUsedUntilItEndsWhileTheLaterOneDoesNotAnswer() throws Exception {
        rig.worker("w1", Map.of("a/b", ECHO));
        Listener lines = rig.listener(Map.of("framing", "lf", "call", "a/b", "dialect", "text"));
        try (ServerSocket silent = new ServerSocket(0);
                Socket client = new Socket("127.0.0.1", lines.port())) {
            BufferedReader answers = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
            rig.reincarnate("w1", silent.getLocalPort());
            rig.reincarnate("w1", silent.getLocalPort());
            rig.transport.loops().forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
            assertThat(rig.upstreams.instances().getFirst().connectedLoops()).isEqualTo(2);
            client.getOutputStream().write("x\n".getBytes(UTF_8));
            assertThat(answers.readLine()).isEqualTo("x");

            rig.killWorker("w1");
            await().untilAsserted(() -> {
                client.getOutputStream().write("y\n".getBytes(UTF_8));
                assertThat(answers.readLine()).isEqualTo("ERR UNAVAILABLE no instance of a/b is reachable");
            });
        }
    }

    @Test
    void anIdempotentCallOfADyingWorkerIsRepeatedElsewhere() {
        CompletableFuture<IncomingCall> held = new CompletableFuture<>();
        CallServer dying = rig.worker("w1", Map.of("a/b!", held::complete));
        CallClient client = client();
        CompletableFuture<Reply> reply = client.call(request("a/b", "again"));
        held.join();
        rig.worker("w2", Map.of("a/b!", ECHO));

        dying.close();

        assertThat(reply.join().payload()).isEqualTo("again".getBytes(UTF_8));
    }

    @Test
    void aDrainingWorkerIsFinishedWithAndNoCallFails() throws Exception {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        CallServer draining = rig.worker("w1", Map.of("a/b", held::add));
        CallClient client = client();
        CompletableFuture<Reply> taken = client.call(request("a/b", "taken"));
        await().until(() -> held.size() == 1);
        rig.worker("w2", Map.of("a/b", ECHO));

        CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> {
            try {
                return draining.drain(TIMEOUT, "test");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().untilAsserted(() -> {
            CompletableFuture<Reply> probe = client.call(request("a/b", "probe"));
            held.stream().skip(1).forEach(call -> call.reply(call.payload()));
            assertThat(probe.join().payload()).isEqualTo("probe".getBytes(UTF_8));
            assertThat(held).hasSizeLessThan(50);
        });
        held.forEach(call -> call.reply(call.payload()));

        assertThat(taken.join().payload()).isEqualTo("taken".getBytes(UTF_8));
        assertThat(drained.join()).isTrue();
    }

    @Test
    void anInstanceThatTheRegistryForgetsIsUsedWhileItsLinkIsHealthy() {
        rig.worker("w1", Map.of("a/b", ECHO));
        CallClient client = client();
        rig.unlist("w1");

        await().until(() -> rig.upstreams.instances().stream().noneMatch(i -> i.listed()));
        assertThat(client.call(request("a/b", "x")).join().payload()).isEqualTo("x".getBytes(UTF_8));
    }

    @Test
    void anUnlistedInstanceGoesWithItsLink() {
        CallServer worker = rig.worker("w1", Map.of("a/b", ECHO));
        CallClient client = client();
        rig.unlist("w1");
        worker.close();

        await().until(() -> rig.upstreams.instances().isEmpty());
        assertThat(failure(client.call(request("a/b", "x"))).status()).isEqualTo(Status.UNAVAILABLE);
    }

    @Test
    void theDeadlineIsPassedOnAndKept() {
        CompletableFuture<IncomingCall> held = new CompletableFuture<>();
        rig.worker("w1", Map.of("a/b", held::complete));
        int port = rig.listener(Map.of("framing", "native", "timeout", "300ms")).port();

        CallException failure = failure(rig.client(port).call(request("a/b", "x")));

        assertThat(failure.status()).isEqualTo(Status.DEADLINE_EXCEEDED);
        assertThat(held.join().timeLeft()).isLessThanOrEqualTo(Duration.ofMillis(300));
        await().until(() -> held.join().isCancelled());
    }

    @Test
    void cancellingReachesTheWorker() {
        CompletableFuture<IncomingCall> held = new CompletableFuture<>();
        rig.worker("w1", Map.of("a/b", held::complete));
        CompletableFuture<Reply> reply = client().call(request("a/b", "x"));
        held.join();

        reply.cancel(false);

        await().until(() -> held.join().isCancelled());
    }

    @Test
    void aFullWindowSlowsTheClientDownAndLosesNothing() {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        rig.worker("w1", Map.of("a/b", held::add));
        Listener listener = rig.listener(Map.of("framing", "native", "window", "4"));
        CallClient client = rig.client(listener.port());
        String payload = "x".repeat(100_000);
        List<CompletableFuture<Reply>> replies = IntStream.range(0, 200)
                .mapToObj(i -> client.call(request("a/b", payload + i)))
                .toList();

        await().until(() -> listener.connections().stream().anyMatch(ConnectionStatus::paused));
        assertThat(held.size()).isLessThan(100);
        await().until(() -> {
            for (IncomingCall call = held.poll(); call != null; call = held.poll()) {
                call.reply(call.payload());
            }
            return replies.stream().allMatch(CompletableFuture::isDone);
        });

        for (int i = 0; i < replies.size(); i++) {
            assertThat(new String(replies.get(i).join().payload(), UTF_8)).isEqualTo(payload + i);
        }
    }

    @Test
    void drainTellsClientsAndAnswersWhatWasTaken() throws Exception {
        CompletableFuture<IncomingCall> held = new CompletableFuture<>();
        rig.worker("w1", Map.of("a/b", held::complete));
        Listener listener = rig.listener(Map.of("framing", "native"));
        CallClient client = rig.client(listener.port());
        CompletableFuture<Reply> reply = client.call(request("a/b", "x"));
        held.join();
        CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> {
            try {
                return listener.drain(rig.drainPlan());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });

        held.join().reply("done".getBytes(UTF_8));

        assertThat(reply.join().payload()).isEqualTo("done".getBytes(UTF_8));
        assertThat(drained.join()).isTrue();
        assertThat(rig.meters
                        .get("fairlead.calls")
                        .tag("service", "a")
                        .tag("method", "b")
                        .tag("status", "OK")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aClientLearnsNothingOfTheWorkersCredits() {
        List<Long> times = new CopyOnWriteArrayList<>();
        rig.worker("w1", Map.of("echo/echo", ECHO));
        int port = rig.listener(Map.of("framing", "native")).port();
        LinkConnector client = rig.link(port, new LinkHandler() {
            @Override
            public void opened(Link link) {
                for (int size : new int[] {1, 20_000}) {
                    ByteBuf out = link.out(size + 100);
                    Frames.writeHeader(out, FrameType.REQUEST, (byte) 0, 0, size, 10_000, 9, 0, size);
                    out.writeBytes("echo/echo".getBytes(UTF_8)).writeZero(size);
                }
            }

            @Override
            public void frame(Link link, ByteBuf buf, int at) {
                times.add(Frames.timeMillis(buf, at));
            }

            @Override
            public void closed(Link link, CloseReason reason, String detail) {}
        });

        await().until(() -> times.size() == 2);
        client.close();
        assertThat(times).containsOnly(0L);
    }

    @Test
    void aRepeatRunsOnlyWhereItsMethodMayBeRepeated() {
        Map<Long, String> answers = new ConcurrentHashMap<>();
        Queue<IncomingCall> seen = new ConcurrentLinkedQueue<>();
        CallHandler handler = call -> {
            seen.add(call);
            call.reply(call.payload());
        };
        rig.worker("w1", Map.of("echo/once", handler, "echo/many!", handler));
        int port = rig.listener(Map.of("framing", "native")).port();
        rig.link(port, new LinkHandler() {
            @Override
            public void opened(Link link) {
                assertThat(link.peerChecksRepeats()).isTrue();
                long id = 0;
                for (String route : List.of("echo/once", "echo/many")) {
                    ByteBuf out = link.out(100);
                    Frames.writeHeader(
                            out, FrameType.REQUEST, Frames.FLAG_REPEATED, 0, ++id, 10_000, route.length(), 0, 0);
                    out.writeBytes(route.getBytes(UTF_8));
                }
            }

            @Override
            public void frame(Link link, ByteBuf buf, int at) {
                answers.put(
                        Frames.id(buf, at),
                        FrameType.name(Frames.type(buf, at)) + " " + Status.of(Frames.code(buf, at)));
            }

            @Override
            public void closed(Link link, CloseReason reason, String detail) {}
        });

        await().until(() -> answers.size() == 2);
        assertThat(answers).containsEntry(1L, "ERROR UNKNOWN").containsEntry(2L, "RESPONSE OK");
        assertThat(seen)
                .singleElement()
                .satisfies(call -> assertThat(call.route()).isEqualTo(Route.parse("echo/many")));
    }
}
