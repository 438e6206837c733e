package io.fairlead.starter.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Link;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.discovery.RegistryStatus;
import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.FakeRegistry;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class WorkerTests {
    private final ApplicationContextRunner runner =
            WorkerCalls.runner().withBean(Gate.class, Gate::new).withPropertyValues("fairlead.name=worker-1");

    @Test
    void registersWhatItOffersAndLeaves() {
        try (FakeRegistry registry = new FakeRegistry()) {
            runner.withPropertyValues(
                            "fairlead.registries=" + registry.address(),
                            "fairlead.worker.zone=a",
                            "fairlead.worker.weight=50",
                            "fairlead.worker.max-concurrency=7")
                    .run(context -> {
                        Worker worker = context.getBean(Worker.class);
                        Awaitility.await()
                                .until(() -> worker.registries().stream().allMatch(RegistryStatus::registered));
                        assertThat(registry.heard().getFirst())
                                .startsWith("register {\"instance\":\"worker-1\",\"epoch\":")
                                .contains(
                                        "\"host\":\"127.0.0.1\",\"port\":" + worker.port()
                                                + ",\"zone\":\"a\",\"weight\":50,\"capacity\":7,\"state\":\"UP\",\"inFlight\":0",
                                        "\"services\":[{\"name\":\"gate\",\"methods\":["
                                                + "{\"name\":\"pass\",\"idempotent\":false,\"once\":false,\"timeoutMillis\":0},"
                                                + "{\"name\":\"ping\",\"idempotent\":true,\"once\":false,\"timeoutMillis\":1500}]}]");
                    });

            assertThat(registry.heard().getLast()).startsWith("leave {\"instance\":\"worker-1\"");
        }
    }

    @Test
    void finishesCallsInProgressBeforeItEnds() {
        runner.run(context -> {
            try (WorkerCalls calls = new WorkerCalls(context)) {
                Worker worker = context.getBean(Worker.class);
                Gate gate = context.getBean(Gate.class);
                CompletableFuture<Reply> call = calls.send("gate/pass", "");
                assertThat(gate.entered.await(10, TimeUnit.SECONDS)).isTrue();

                CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::stop);
                Awaitility.await().until(worker::isDraining);
                CallException late =
                        WorkerCalls.failure(calls.send(Request.of("gate/ping", new byte[0], Duration.ofMillis(300))));
                assertThat(stopped).isNotDone();
                gate.open.countDown();

                call.get(10, TimeUnit.SECONDS);
                stopped.get(10, TimeUnit.SECONDS);
                assertThat(late.certainlyNotRun()).isTrue();
                assertThat(worker.isRunning()).isFalse();
                assertThat(worker.port()).isEqualTo(-1);
            }
        });
    }

    @Test
    void tellsRegistriesThatItDrainsWhileCallsAreInProgress() {
        try (FakeRegistry registry = new FakeRegistry()) {
            runner.withPropertyValues("fairlead.registries=" + registry.address())
                    .run(context -> {
                        Worker worker = context.getBean(Worker.class);
                        Gate gate = context.getBean(Gate.class);
                        Awaitility.await()
                                .until(() -> worker.registries().stream().allMatch(RegistryStatus::registered));
                        try (WorkerCalls calls = new WorkerCalls(context)) {
                            CompletableFuture<Reply> call = calls.send("gate/pass", "");
                            assertThat(gate.entered.await(10, TimeUnit.SECONDS)).isTrue();

                            CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::stop);

                            Awaitility.await()
                                    .untilAsserted(() -> assertThat(registry.heard())
                                            .anyMatch(heard -> heard.contains("\"state\":\"DRAINING\"")));
                            assertThat(registry.heard()).noneMatch(heard -> heard.startsWith("leave"));
                            gate.open.countDown();
                            call.get(10, TimeUnit.SECONDS);
                            stopped.get(10, TimeUnit.SECONDS);
                            assertThat(registry.heard().getLast()).startsWith("leave");
                        }
                    });
        }
    }

    @Test
    void doesWhatAnAdminWishesAndGoesOnAnswering() {
        try (FakeRegistry registry = new FakeRegistry();
                FakeRegistry other = new FakeRegistry()) {
            runner.withPropertyValues("fairlead.registries=" + registry.address() + "," + other.address())
                    .run(context -> {
                        Worker worker = context.getBean(Worker.class);
                        awaitHeard(registry, "wishes {\"instance\":\"worker-1\"");
                        registry.wish("{\"type\":\"drain\"}");
                        awaitHeard(registry, "\"revision\":1,\"state\":\"DRAINING\"");
                        awaitHeard(other, "\"revision\":1,\"state\":\"DRAINING\"");
                        assertThat(worker.isDrainedByAdmin()).isTrue();
                        assertThat(worker.isDraining()).isFalse();
                        try (WorkerCalls calls = new WorkerCalls(context)) {
                            assertThat(calls.call("gate/ping", "")).isEqualTo("pong");
                        }
                        registry.wish("{\"type\":\"weight\",\"weight\":7}");
                        awaitHeard(other, "\"revision\":2,\"state\":\"DRAINING\",\"weight\":7");
                        registry.wish("{\"type\":\"dance\"}");
                        registry.wish("{\"type\":\"resume\"}");
                        awaitHeard(other, "\"revision\":3,\"state\":\"UP\",\"weight\":7");
                        assertThat(worker.isDrainedByAdmin()).isFalse();
                        assertThat(worker.weight()).isEqualTo(7);
                    });
        }
    }

    @Test
    void noWishBringsBackAWorkerThatShutsDown() {
        try (FakeRegistry registry = new FakeRegistry()) {
            runner.withPropertyValues("fairlead.registries=" + registry.address())
                    .run(context -> {
                        Worker worker = context.getBean(Worker.class);
                        Gate gate = context.getBean(Gate.class);
                        awaitHeard(registry, "wishes");
                        try (WorkerCalls calls = new WorkerCalls(context)) {
                            CompletableFuture<Reply> call = calls.send("gate/pass", "");
                            assertThat(gate.entered.await(10, TimeUnit.SECONDS)).isTrue();
                            CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::stop);
                            awaitHeard(registry, "\"state\":\"DRAINING\"");
                            int before = registry.heard().size();
                            registry.wish("{\"type\":\"resume\"}");
                            gate.open.countDown();
                            call.get(10, TimeUnit.SECONDS);
                            stopped.get(10, TimeUnit.SECONDS);
                            assertThat(registry.heard()
                                            .subList(before, registry.heard().size()))
                                    .noneMatch(heard -> heard.contains("\"state\":\"UP\""));
                        }
                    });
        }
    }

    private static void awaitHeard(FakeRegistry registry, String what) {
        Awaitility.await().untilAsserted(() -> assertThat(registry.heard()).anyMatch(heard -> heard.contains(what)));
    }

    @Test
    void endsWithoutCallsThatTakeLongerThanTheDrain() {
        runner.withPropertyValues("fairlead.worker.drain-timeout=100ms").run(context -> {
            try (WorkerCalls calls = new WorkerCalls(context)) {
                Worker worker = context.getBean(Worker.class);
                Gate gate = context.getBean(Gate.class);
                CompletableFuture<Reply> call = calls.send("gate/pass", "");
                assertThat(gate.entered.await(10, TimeUnit.SECONDS)).isTrue();

                worker.stop();

                assertThat(WorkerCalls.failure(call).status()).isEqualTo(Status.UNKNOWN);
                assertThat(worker.inFlight()).isEqualTo(1);
                gate.open.countDown();
                Awaitility.await()
                        .untilAsserted(() -> assertThat(worker.inFlight()).isZero());
            }
        });
    }

    @Test
    void waitsForHandlersWhoseCallerHasGone() {
        runner.run(context -> {
            Worker worker = context.getBean(Worker.class);
            Gate gate = context.getBean(Gate.class);
            try (WorkerCalls calls = new WorkerCalls(context)) {
                calls.send("gate/pass", "");
                assertThat(gate.entered.await(10, TimeUnit.SECONDS)).isTrue();
            }

            CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::stop);

            Awaitility.await().until(worker::isDraining);
            Awaitility.await().during(Duration.ofMillis(100)).until(() -> !stopped.isDone());
            gate.open.countDown();
            stopped.get(10, TimeUnit.SECONDS);
        });
    }

    @Test
    void startsAgainAfterAStop() {
        runner.run(context -> {
            Worker worker = context.getBean(Worker.class);
            worker.stop();

            worker.start();

            try (WorkerCalls calls = new WorkerCalls(context)) {
                assertThat(calls.call("gate/ping", "")).isEqualTo("pong");
            }
        });
    }

    @Test
    void answersManyCallsAtATime() {
        runner.withPropertyValues("fairlead.worker.max-concurrency=5000").run(context -> {
            try (WorkerCalls calls = new WorkerCalls(context)) {
                List<CompletableFuture<Reply>> pending = IntStream.range(0, 3000)
                        .mapToObj(i -> calls.send("gate/ping", ""))
                        .toList();

                CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                        .get(20, TimeUnit.SECONDS);

                Awaitility.await()
                        .untilAsserted(
                                () -> assertThat(context.getBean(Worker.class).inFlight())
                                        .isZero());
            }
        });
    }

    @Test
    void findsItsLimitWhenAskedTo() {
        runner.withPropertyValues("fairlead.worker.concurrency=adaptive", "fairlead.worker.max-concurrency=500")
                .run(context -> {
                    Worker worker = context.getBean(Worker.class);
                    assertThat(worker.concurrencyLimit()).isEqualTo(20);
                    try (WorkerCalls calls = new WorkerCalls(context)) {
                        assertThat(calls.call("gate/ping", "")).isEqualTo("pong");
                    }
                });
    }

    @Test
    void runsARepeatOnlyIfItsMethodIsIdempotent() {
        runner.run(context -> {
            Map<Long, Status> answers = new ConcurrentHashMap<>();
            NettyTransport transport = NettyTransport.create(1, "test-link");
            LinkConnector link = new LinkConnector(
                    transport,
                    transport.next(),
                    "127.0.0.1",
                    context.getBean(Worker.class).port(),
                    LinkSettings.of("client", "test"),
                    new Repeater(answers),
                    new Random(1));
            try (transport;
                    link) {
                link.start();

                Awaitility.await().until(() -> answers.size() == 2);
                assertThat(answers).containsEntry(1L, Status.UNKNOWN).containsEntry(2L, Status.OK);
                assertThat(context.getBean(Gate.class).entered.getCount()).isEqualTo(1);
            }
        });
    }

    /// Says of each of its calls that an earlier attempt may have run.
    private record Repeater(Map<Long, Status> answers) implements LinkHandler {
        @Override
        public void opened(Link link) {
            long id = 0;
            for (String route : List.of("gate/pass", "gate/ping")) {
                ByteBuf out = link.out(100);
                Frames.writeHeader(out, FrameType.REQUEST, Frames.FLAG_REPEATED, 0, ++id, 10_000, route.length(), 0, 0);
                out.writeBytes(route.getBytes(UTF_8));
            }
        }

        @Override
        public void frame(Link link, ByteBuf buf, int at) {
            answers.put(Frames.id(buf, at), Status.of(Frames.code(buf, at)));
        }

        @Override
        public void closed(Link link, CloseReason reason, String detail) {}
    }

    @FairleadService("gate")
    static class Gate {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch open = new CountDownLatch(1);

        @Call
        void pass() throws InterruptedException {
            entered.countDown();
            open.await();
        }

        @Call(idempotent = true, timeout = "1500ms")
        String ping() {
            return "pong";
        }
    }
}
