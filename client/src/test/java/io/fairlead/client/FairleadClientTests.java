package io.fairlead.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairleadClientTests {
    private static final CallHandler ECHO = call -> call.reply(call.payload());
    private static final byte[] HELLO = "hello".getBytes(UTF_8);

    private final NettyTransport transport = NettyTransport.create(1, "test-server");
    private final List<AutoCloseable> resources = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources.reversed()) {
            resource.close();
        }
        transport.close();
    }

    private CallServer server(int port, CallHandler handler) {
        CallServer server = new CallServer(
                transport,
                "127.0.0.1",
                port,
                LinkSettings.of("gateway", "test"),
                Map.of(Route.parse("test/call"), handler),
                1000);
        server.start();
        resources.add(server);
        return server;
    }

    private FairleadClient client(int... ports) {
        return client(FairleadClient.builder(), ports);
    }

    private FairleadClient client(FairleadClient.Builder builder, int... ports) {
        FairleadClient client = builder.addresses(IntStream.of(ports)
                        .mapToObj(port -> "127.0.0.1:" + port)
                        .toList())
                .build();
        resources.add(client);
        return client;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static CallException failure(FairleadClient client, CallOptions options) {
        return catchThrowableOfType(CallException.class, () -> client.call("test/call", HELLO, options));
    }

    private static CallException failure(CompletableFuture<?> future) throws Exception {
        ExecutionException thrown =
                catchThrowableOfType(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS));
        assertThat(thrown).hasCauseInstanceOf(CallException.class);
        return (CallException) thrown.getCause();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aThreadOfEitherKindWaitsForItsReply(boolean virtual) throws Exception {
        FairleadClient client = client(server(0, ECHO).port());
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        Runnable call = () -> reply.complete(client.call("test/call", HELLO));

        (virtual ? Thread.ofVirtual() : Thread.ofPlatform()).start(call);

        assertThat(reply.get(10, TimeUnit.SECONDS)).isEqualTo(HELLO);
    }

    @Test
    void eachOfManyThreadsGetsItsOwnReply() {
        FairleadClient client = client(server(0, ECHO).port());

        List<CompletableFuture<String>> replies = IntStream.range(0, 500)
                .mapToObj(i -> {
                    CompletableFuture<String> reply = new CompletableFuture<>();
                    Thread.ofVirtual()
                            .start(() -> reply.complete(
                                    new String(client.call("test/call", ("payload " + i).getBytes(UTF_8)), UTF_8)));
                    return reply;
                })
                .toList();

        for (int i = 0; i < replies.size(); i++) {
            assertThat(replies.get(i).orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo("payload " + i);
        }
        assertThat(client.inFlight()).isZero();
    }

    @Test
    void optionsTravelWithTheCall() {
        AtomicReference<Map<String, String>> seen = new AtomicReference<>();
        AtomicReference<Duration> left = new AtomicReference<>();
        FairleadClient client = client(server(0, call -> {
                    seen.set(call.metadata().asMap());
                    left.set(call.timeLeft());
                    call.reply(HELLO);
                })
                .port());

        client.call(
                "test/call",
                HELLO,
                CallOptions.DEFAULTS
                        .withTimeout(Duration.ofSeconds(7))
                        .withIdempotencyKey("key-1")
                        .with("x-tenant", "ward"));

        assertThat(seen.get()).containsOnly(Map.entry("idempotency-key", "key-1"), Map.entry("x-tenant", "ward"));
        assertThat(left.get()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(7));
    }

    @Test
    void whatHangsOnAFutureRunsOnAVirtualThread() throws Exception {
        FairleadClient client = client(server(0, ECHO).port());
        Queue<Boolean> virtual = new ConcurrentLinkedQueue<>();
        CountDownLatch release = new CountDownLatch(1);

        CompletableFuture<Reply> blocked = client.callAsync("test/call", HELLO).whenComplete((reply, failure) -> {
            virtual.add(Thread.currentThread().isVirtual());
            try {
                release.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        // A dependent that blocks holds up nobody.
        assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);
        release.countDown();

        assertThat(blocked.get(10, TimeUnit.SECONDS).payload()).isEqualTo(HELLO);
        assertThat(virtual).isNotEmpty().doesNotContain(false);
    }

    @Test
    void anExecutorOfTheApplicationRunsWhatHangsOnAFuture() throws Exception {
        FairleadClient client = client(
                FairleadClient.builder().name("direct").executor(Runnable::run),
                server(0, ECHO).port());

        CompletableFuture<String> thread = client.callAsync("test/call", HELLO)
                .thenCompose(reply -> client.callAsync("test/call", reply.payload()))
                .thenApply(reply -> Thread.currentThread().getName());

        assertThat(thread.get(10, TimeUnit.SECONDS)).as("its event loop").startsWith("direct-");
    }

    @Test
    void aSynchronousCallOnTheLoopFailsInsteadOfWaitingForItself() throws Exception {
        FairleadClient client = client(
                FairleadClient.builder().executor(Runnable::run),
                server(0, ECHO).port());

        CompletableFuture<byte[]> second =
                client.callAsync("test/call", HELLO).thenApply(reply -> client.call("test/call", reply.payload()));

        assertThat(catchThrowableOfType(ExecutionException.class, () -> second.get(10, TimeUnit.SECONDS)))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Builder.executor");
        assertThat(client.call("test/call", HELLO)).as("the loop lives on").isEqualTo(HELLO);
    }

    @Test
    void whatAnExecutorRejectsIsHeardAllTheSame() throws Exception {
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };
        FairleadClient client =
                client(FairleadClient.builder().executor(full), server(0, ECHO).port());

        assertThat(client.callAsync("test/call", HELLO)
                        .get(10, TimeUnit.SECONDS)
                        .payload())
                .isEqualTo(HELLO);
    }

    @Test
    void aCallbackThatThrowsOnTheLoopHoldsUpNobody() {
        FairleadClient client = client(
                FairleadClient.builder().executor(Runnable::run).maxInFlight(1),
                server(0, ECHO).port());
        CountDownLatch heard = new CountDownLatch(1);

        client.call("test/call", HELLO, new Callback() {
            @Override
            public void replied(Reply reply) {
                heard.countDown();
                throw new IllegalStateException("a callback of the application");
            }

            @Override
            public void failed(CallException failure) {}
        });

        await().dontCatchUncaughtExceptions().until(() -> heard.getCount() == 0);
        await("its place is free again")
                .dontCatchUncaughtExceptions()
                .ignoreExceptions()
                .until(() -> client.callAsync("test/call", HELLO)
                                .get(10, TimeUnit.SECONDS)
                                .payload()
                                .length
                        == HELLO.length);
    }

    @Test
    void aDependentMayCallSynchronously() throws Exception {
        FairleadClient client = client(server(0, ECHO).port());

        CompletableFuture<byte[]> second =
                client.callAsync("test/call", HELLO).thenApply(reply -> client.call("test/call", reply.payload()));

        assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(HELLO);
    }

    @Test
    void cancellingAFutureTellsTheOtherSide() throws Exception {
        CompletableFuture<IncomingCall> arrived = new CompletableFuture<>();
        FairleadClient client = client(server(0, arrived::complete).port());
        CompletableFuture<Reply> future = client.callAsync("test/call", HELLO);
        IncomingCall call = arrived.get(10, TimeUnit.SECONDS);

        future.cancel(false);

        await().until(call::isCancelled);
        await().until(() -> client.inFlight() == 0);
    }

    @Test
    void aCallbackHearsTheReplyOnAVirtualThread() throws Exception {
        FairleadClient client = client(server(0, ECHO).port());
        CompletableFuture<String> heard = new CompletableFuture<>();

        client.call("test/call", HELLO, new Callback() {
            @Override
            public void replied(Reply reply) {
                heard.complete(new String(reply.payload(), UTF_8) + " "
                        + Thread.currentThread().isVirtual());
            }

            @Override
            public void failed(CallException failure) {
                heard.completeExceptionally(failure);
            }
        });

        assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo("hello true");
    }

    @Test
    void aCallbackThatThrowsHarmsNobody() {
        FairleadClient client =
                client(FairleadClient.builder().maxInFlight(1), server(0, ECHO).port());
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        CompletableFuture<Throwable> uncaught = new CompletableFuture<>();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.complete(e));
        try {
            client.call("test/call", HELLO, new Callback() {
                @Override
                public void replied(Reply reply) {
                    throw new IllegalStateException("on purpose");
                }

                @Override
                public void failed(CallException failure) {
                    throw failure;
                }
            });
            assertThat(uncaught.orTimeout(10, TimeUnit.SECONDS).join()).hasMessage("on purpose");
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }

        assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);
    }

    @Test
    void callbacksThatDoNotReturnAreBounded() throws Exception {
        FairleadClient client =
                client(FairleadClient.builder().maxInFlight(2), server(0, ECHO).port());
        CountDownLatch release = new CountDownLatch(1);
        List<CompletableFuture<Reply>> futures = new ArrayList<>();
        CountDownLatch running = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
            futures.add(client.callAsync("test/call", HELLO).thenApply(reply -> {
                running.countDown();
                try {
                    release.await(10, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return reply;
            }));
        }
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();

        CallException refused = failure(client.callAsync("test/call", HELLO));
        release.countDown();

        assertThat(refused.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(refused.certainlyNotRun()).isTrue();
        assertThat(refused).hasMessageContaining("2").hasMessageContaining("maxInFlight");
        for (CompletableFuture<Reply> future : futures) {
            future.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void statusesOfTheOtherSideReachTheCallerWithItsStack() {
        FairleadClient client =
                client(server(0, call -> call.fail(Status.INTERNAL, "no luck")).port());

        CallException failure = failure(client, CallOptions.DEFAULTS);

        assertThat(failure.status()).isEqualTo(Status.INTERNAL);
        assertThat(failure.certainlyNotRun()).isFalse();
        assertThat(failure).hasMessageContaining("no luck");
        assertThat(failure.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(getClass().getName()));
    }

    @Test
    void aDeadAddressDoesNotMatterWhileAnotherServes() throws Exception {
        FairleadClient client = client(freePort(), server(0, ECHO).port());

        for (int i = 0; i < 20; i++) {
            assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);
        }
    }

    @Test
    void aWrittenCallWhoseGatewayDiesMayHaveRun() throws Exception {
        CompletableFuture<IncomingCall> arrived = new CompletableFuture<>();
        CallServer dying = server(0, arrived::complete);
        FairleadClient client = client(dying.port());
        CompletableFuture<Reply> future = client.callAsync("test/call", HELLO);
        arrived.get(10, TimeUnit.SECONDS);

        dying.close();

        CallException failure = failure(future);
        assertThat(failure.status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure.certainlyNotRun()).isFalse();
    }

    @Test
    void callsGoElsewhereWhenTheGatewayInUseDies() throws Exception {
        CallServer first = server(0, ECHO);
        CallServer second = server(0, ECHO);
        FairleadClient client = client(first.port(), second.port());
        await().until(() -> first.links() == 1 && second.links() == 1);
        client.call("test/call", HELLO);

        first.close();

        for (int i = 0; i < 20; i++) {
            assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);
        }
    }

    @Test
    void callsThatADrainingGatewayDidNotTakeRunElsewhere() throws Exception {
        CallServer draining = server(0, ECHO);
        CallServer staying = server(0, ECHO);
        FairleadClient client = client(draining.port(), staying.port());
        await().until(() -> draining.links() == 1 && staying.links() == 1);
        List<CompletableFuture<Reply>> replies = new ArrayList<>();

        for (int i = 0; i < 500; i++) {
            if (i == 250) {
                assertThat(draining.drain(Duration.ofSeconds(5), "test")).isTrue();
            }
            replies.add(client.callAsync("test/call", HELLO));
        }

        for (CompletableFuture<Reply> reply : replies) {
            assertThat(reply.get(10, TimeUnit.SECONDS).payload()).isEqualTo(HELLO);
        }
    }

    @Test
    void reconnectsToAGatewayThatComesBack() {
        CallServer before = server(0, ECHO);
        int port = before.port();
        FairleadClient client = client(port);
        client.call("test/call", HELLO);
        before.close();
        await().until(() -> !client.isConnected());

        server(port, ECHO);

        assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);
    }

    @Test
    void aCallWaitsForAGatewayUntilItsDeadline() throws Exception {
        FairleadClient client = client(freePort());

        CallException failure = failure(client, CallOptions.DEFAULTS.withTimeout(Duration.ofMillis(200)));

        assertThat(failure.status()).isEqualTo(Status.DEADLINE_EXCEEDED);
        assertThat(failure.certainlyNotRun()).isTrue();
    }

    @Test
    void aCallWithoutAnswerEndsAtItsDeadline() {
        FairleadClient client = client(
                FairleadClient.builder().defaultTimeout(Duration.ofMillis(200)),
                server(0, call -> {}).port());

        CallException failure = failure(client, CallOptions.DEFAULTS);

        assertThat(failure.status()).isEqualTo(Status.DEADLINE_EXCEEDED);
        assertThat(failure.certainlyNotRun()).isFalse();
    }

    @Test
    void anInterruptCancelsTheCallAndStays() throws Exception {
        CompletableFuture<IncomingCall> arrived = new CompletableFuture<>();
        FairleadClient client = client(server(0, arrived::complete).port());
        CompletableFuture<String> outcome = new CompletableFuture<>();
        Thread caller = Thread.ofVirtual().start(() -> {
            CallException failure = failure(client, CallOptions.DEFAULTS);
            outcome.complete(failure.status() + " " + Thread.currentThread().isInterrupted());
        });
        IncomingCall call = arrived.get(10, TimeUnit.SECONDS);

        caller.interrupt();

        assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo("CANCELLED true");
        await().until(call::isCancelled);
    }

    @Test
    void closingEndsEveryCall() throws Exception {
        CompletableFuture<IncomingCall> arrived = new CompletableFuture<>();
        FairleadClient client = client(server(0, arrived::complete).port());
        CompletableFuture<Reply> written = client.callAsync("test/call", HELLO);
        arrived.get(10, TimeUnit.SECONDS);
        FairleadClient unconnected = client(freePort());
        CompletableFuture<Reply> waiting = unconnected.callAsync("test/call", HELLO);

        client.close();
        unconnected.close();

        assertThat(failure(written).certainlyNotRun()).isFalse();
        assertThat(failure(waiting).certainlyNotRun()).isTrue();
        assertThat(failure(client, CallOptions.DEFAULTS).status()).isEqualTo(Status.CANCELLED);
        assertThat(failure(client.callAsync("test/call", HELLO)).status()).isEqualTo(Status.CANCELLED);
    }

    @Test
    void saysWhatIsWrongWithItsSettings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FairleadClient.builder().build())
                .withMessageContaining("addresses: none");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FairleadClient.builder().maxInFlight(0))
                .withMessageContaining("maxInFlight: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FairleadClient.builder().defaultTimeout(Duration.ZERO))
                .withMessageContaining("defaultTimeout: PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FairleadClient.builder().name(" "))
                .withMessageContaining("name: ' '");
    }
}
