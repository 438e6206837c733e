package io.fairlead.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.CloseReason;
import io.fairlead.link.Link;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.LinkServer;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallPolicy;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What callers see of gateways that die, go away, refuse, hang and come back.
class FailoverTests {
    private static final byte[] HELLO = "hello".getBytes(UTF_8);
    private static final CallOptions KEYED = CallOptions.DEFAULTS.withIdempotencyKey("k-1");
    private static final CallPolicy POLICY =
            new CallPolicy(20, 10, Duration.ofMillis(5), Duration.ofMillis(100), Duration.ofMillis(50));

    private final NettyTransport transport = NettyTransport.create(1, "test-server");
    private final List<AutoCloseable> resources = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources.reversed()) {
            resource.close();
        }
        transport.close();
    }

    /// A gateway to one method.
    private final class Gateway implements CallHandler {
        final Queue<IncomingCall> seen = new ConcurrentLinkedQueue<>();
        final boolean repeatable;
        final CallServer server;
        volatile boolean holds;
        volatile boolean refuses;

        Gateway(int port, boolean repeatable) {
            this.repeatable = repeatable;
            server = new CallServer(
                    transport,
                    "127.0.0.1",
                    port,
                    LinkSettings.of("gateway", "test"),
                    Map.of(Route.parse("test/call"), this),
                    1000);
            server.start();
            resources.add(server);
        }

        @Override
        public void handle(IncomingCall call) {
            if (refuses) {
                call.refuse(Status.UNAVAILABLE, "no instance", Duration.ZERO);
                return;
            }
            seen.add(call);
            if (!holds) {
                call.reply(call.payload());
            }
        }

        @Override
        public boolean mayRepeat(IncomingCall call) {
            return repeatable && call.metadata().get("idempotency-key") != null;
        }

        int port() {
            return server.port();
        }

        void die() {
            server.close();
        }
    }

    private FairleadClient client(CallPolicy policy, int... ports) {
        FairleadClient client = FairleadClient.builder()
                .policy(policy, new Random(42))
                .addresses(IntStream.of(ports)
                        .mapToObj(port -> "127.0.0.1:" + port)
                        .toList())
                .build();
        resources.add(client);
        return client;
    }

    /// Begins a call, sees to which gateway it went, and kills that.
    ///
    /// @return the call, then the gateway that lives
    private Lost loseACall(CallPolicy policy, CallOptions options, boolean repeatable) {
        Gateway a = new Gateway(0, repeatable);
        Gateway b = new Gateway(0, repeatable);
        FairleadClient client = client(policy, a.port(), b.port());
        await().until(() -> a.server.links() == 1 && b.server.links() == 1);
        a.holds = true;
        b.holds = true;
        CompletableFuture<Reply> call = client.callAsync("test/call", HELLO, options);
        await().until(() -> a.seen.size() + b.seen.size() == 1);
        Gateway dying = a.seen.isEmpty() ? b : a;
        Gateway living = a.seen.isEmpty() ? a : b;
        living.holds = false;
        return new Lost(client, call, dying, living);
    }

    private record Lost(FairleadClient client, CompletableFuture<Reply> call, Gateway dying, Gateway living) {}

    private static CallException failure(CompletableFuture<?> future) {
        ExecutionException thrown =
                catchThrowableOfType(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS));
        assertThat(thrown).hasCauseInstanceOf(CallException.class);
        return (CallException) thrown.getCause();
    }

    @Test
    void anUnkeyedCallThatMayHaveRunIsNotRepeated() {
        Lost lost = loseACall(POLICY, CallOptions.DEFAULTS, true);

        lost.dying().die();

        CallException failure = failure(lost.call());
        assertThat(failure.status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure.certainlyNotRun()).isFalse();
        assertThat(lost.client().call("test/call", HELLO)).isEqualTo(HELLO);
        assertThat(lost.living().seen).hasSize(1);
        assertThat(lost.client().repeated()).isZero();
    }

    @Test
    void aKeyedCallIsRepeatedWhereItsMethodHeedsTheKey() throws Exception {
        Lost lost = loseACall(POLICY, KEYED, true);

        lost.dying().die();

        assertThat(lost.call().get(10, TimeUnit.SECONDS).payload()).isEqualTo(HELLO);
        assertThat(lost.living().seen).hasSize(1);
        assertThat(lost.client().repeated()).isEqualTo(1);
    }

    @Test
    void aKeyedCallDoesNotRunTwiceWhereItsMethodDoesNotHeedTheKey() {
        Lost lost = loseACall(POLICY, KEYED, false);

        lost.dying().die();

        CallException failure = failure(lost.call());
        assertThat(failure.status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure.certainlyNotRun()).isFalse();
        assertThat(lost.living().seen).isEmpty();
    }

    @Test
    void aCallThatItsCallerCallsIdempotentIsRepeated() throws Exception {
        Lost lost = loseACall(POLICY, CallOptions.DEFAULTS.withIdempotent(true), false);

        lost.dying().die();

        assertThat(lost.call().get(10, TimeUnit.SECONDS).payload()).isEqualTo(HELLO);
    }

    @Test
    void aRefusalOfTheRepeatDoesNotSayThatTheFirstAttemptDidNotRun() {
        CallPolicy once = new CallPolicy(0, 1, Duration.ofMillis(5), Duration.ofMillis(10), Duration.ZERO);
        Lost lost = loseACall(once, KEYED.withTimeout(Duration.ofSeconds(5)), true);
        lost.living().refuses = true;

        lost.dying().die();

        CallException failure = failure(lost.call());
        assertThat(failure.status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure.certainlyNotRun()).isFalse();
        assertThat(failure).hasMessageContaining("an attempt was lost");
    }

    @Test
    void withoutBudgetNothingIsRepeated() {
        CallPolicy none = new CallPolicy(0, 0, Duration.ofMillis(5), Duration.ofMillis(100), Duration.ZERO);
        Lost lost = loseACall(none, KEYED, true);

        lost.dying().die();

        assertThat(failure(lost.call()).status()).isEqualTo(Status.UNKNOWN);
        assertThat(lost.living().seen).isEmpty();
    }

    @Test
    void aCancelledCallIsNotRepeated() {
        CallPolicy slow = new CallPolicy(20, 10, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ZERO);
        Lost lost = loseACall(slow, KEYED, true);
        lost.dying().die();
        await().until(() -> lost.client().repeated() == 1);

        lost.call().cancel(false);

        await().until(() -> lost.client().inFlight() == 0);
        assertThat(lost.living().seen).isEmpty();
    }

    @Test
    void cancellingTellsTheGateway() {
        Lost lost = loseACall(POLICY, CallOptions.DEFAULTS, false);

        lost.call().cancel(false);

        await().until(() -> lost.dying().seen.element().isCancelled());
    }

    @Test
    void gatewaysThatGoAwayUnderLoadCostNoCall() throws Exception {
        Gateway[] gateways = {new Gateway(0, false), new Gateway(0, false)};
        int[] ports = {gateways[0].port(), gateways[1].port()};
        FairleadClient client = client(POLICY, ports);
        await().until(() -> gateways[0].server.links() == 1 && gateways[1].server.links() == 1);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> callers = IntStream.range(0, 16)
                .mapToObj(i -> Thread.ofVirtual().start(() -> {
                    while (!stop.get()) {
                        try {
                            assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);
                            answered.incrementAndGet();
                        } catch (RuntimeException | AssertionError e) {
                            failures.add(e);
                        }
                    }
                }))
                .toList();

        for (int round = 0; round < 6; round++) {
            int which = round % 2;
            int before = answered.get();
            await().until(() -> answered.get() > before + 100 || !failures.isEmpty());
            assertThat(gateways[which].server.drain(Duration.ofSeconds(10), "restart"))
                    .isTrue();
            gateways[which].die();
            gateways[which] = new Gateway(ports[which], false);
            Gateway back = gateways[which];
            await().until(() -> back.server.links() == 1);
        }
        stop.set(true);
        for (Thread caller : callers) {
            caller.join();
        }

        assertThat(failures).isEmpty();
    }

    @Test
    void aGatewayThatCameBackIsUsedAgain() {
        Gateway a = new Gateway(0, false);
        Gateway b = new Gateway(0, false);
        FairleadClient client = client(POLICY, a.port(), b.port());
        await().until(() -> a.server.links() == 1 && b.server.links() == 1);
        int port = a.port();
        a.die();
        await().until(() -> client.isConnected());
        assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);

        Gateway back = new Gateway(port, false);

        await().until(() -> {
            client.call("test/call", HELLO);
            return !back.seen.isEmpty();
        });
        int others = b.seen.size();
        await().until(() -> {
            client.call("test/call", HELLO);
            return b.seen.size() > others;
        });
    }

    @Test
    void addressesThatRefuseOrSayNothingDoNotMatterWhileOneServes() throws Exception {
        ServerSocket blackHole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        resources.add(blackHole);
        int refusing;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusing = socket.getLocalPort();
        }
        Gateway good = new Gateway(0, false);
        FairleadClient client = client(POLICY, blackHole.getLocalPort(), refusing, good.port());

        for (int i = 0; i < 50; i++) {
            assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);
        }
        assertThat(good.seen).hasSize(50);
    }

    @Test
    void aFlappingGatewayIsAvoided() {
        AtomicInteger flaps = new AtomicInteger();
        LinkServer flapping =
                new LinkServer(transport, "127.0.0.1", 0, LinkSettings.of("gateway", "flapping"), new LinkHandler() {
                    @Override
                    public void frame(Link link, ByteBuf buf, int at) {
                        flaps.incrementAndGet();
                        link.close(CloseReason.LOCAL_CLOSE, "");
                    }

                    @Override
                    public void closed(Link link, CloseReason reason, String detail) {}
                });
        flapping.start();
        resources.add(flapping);
        Gateway good = new Gateway(0, false);
        FairleadClient client = client(POLICY, flapping.port(), good.port());
        await().until(() -> good.server.links() == 1);
        AtomicInteger failures = new AtomicInteger();

        // Enough for many flaps, if each connection that came back were used at once.
        await().during(Duration.ofMillis(1500)).atMost(Duration.ofSeconds(10)).until(() -> {
            try {
                client.call("test/call", HELLO);
            } catch (CallException e) {
                assertThat(e.status()).isEqualTo(Status.UNKNOWN);
                failures.incrementAndGet();
            }
            return true;
        });

        assertThat(failures.get()).isEqualTo(flaps.get()).isLessThanOrEqualTo(4);
        assertThat(good.seen).isNotEmpty();
    }

    @Test
    void callsThatWaitForAnyGatewayGoOutWhenOneIsBack() throws Exception {
        Gateway a = new Gateway(0, false);
        Gateway b = new Gateway(0, false);
        int port = b.port();
        FairleadClient client = client(POLICY, a.port(), port);
        await().until(() -> a.server.links() == 1 && b.server.links() == 1);
        a.die();
        b.die();
        await().until(() -> !client.isConnected());
        List<CompletableFuture<Reply>> waiting = IntStream.range(0, 20)
                .mapToObj(i -> client.callAsync("test/call", HELLO))
                .toList();

        new Gateway(port, false);

        for (CompletableFuture<Reply> call : waiting) {
            assertThat(call.get(10, TimeUnit.SECONDS).payload()).isEqualTo(HELLO);
        }
    }

    @Test
    void aRefusedCallGoesToTheOtherGateway() {
        Gateway a = new Gateway(0, false);
        Gateway b = new Gateway(0, false);
        a.refuses = true;
        FairleadClient client = client(POLICY, a.port(), b.port());
        await().until(() -> a.server.links() == 1 && b.server.links() == 1);
        for (int i = 0; i < 50; i++) {
            assertThat(client.call("test/call", HELLO)).isEqualTo(HELLO);
        }

        b.refuses = true;

        CallException failure = catchThrowableOfType(CallException.class, () -> client.call("test/call", HELLO));
        assertThat(failure.status()).isEqualTo(Status.UNAVAILABLE);
        assertThat(failure.certainlyNotRun()).isTrue();
    }

    @Test
    void priorityTravels() {
        Gateway gateway = new Gateway(0, false);
        FairleadClient client = client(POLICY, gateway.port());

        client.call("test/call", HELLO, CallOptions.DEFAULTS.withPriority(Priority.HIGH));

        assertThat(gateway.seen.element().priority()).isEqualTo(2);
    }
}
