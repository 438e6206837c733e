package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.breaker.EjectionProperties;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.Request;
import io.fairlead.wire.Status;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Breakers over real links.
class BreakerTests {
    private static final CallHandler WELL = call -> call.reply(call.payload());
    private static final CallHandler FAILS = call -> call.fail(Status.INTERNAL, "broken");
    private static final EjectionProperties NO_PANIC = new EjectionProperties(30, 0, 10);

    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    private Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
        later.shutdownNow();
    }

    private static CircuitBreakerConfig breaker(Duration wait) {
        return CircuitBreakerConfig.custom()
                .slidingWindow(5, 20, SlidingWindowType.TIME_BASED, SlidingWindowSynchronizationStrategy.LOCK_FREE)
                .failureRateThreshold(40)
                .waitDurationInOpenState(wait)
                .permittedNumberOfCallsInHalfOpenState(3)
                .build();
    }

    private void rig(Duration wait, EjectionProperties ejection) {
        rig.close();
        rig = new Rig(breaker(wait), ejection);
    }

    private CallClient client() {
        return rig.client(rig.listener(Map.of("framing", "native")).port());
    }

    private State state(String instance) {
        return rig.registry.find(instance).orElseThrow().getState();
    }

    /// Opens a breaker as an operator does, and waits until the instance is kept out.
    private void open(String instance) {
        rig.registry.find(instance).orElseThrow().transitionToOpenState();
        await().until(() -> rig.breakers.ejected().contains(instance));
    }

    /// The status that a call ends with.
    private static Status call(CallClient client) {
        try {
            client.call(Request.of("a/b", new byte[] {1}, Duration.ofSeconds(10)))
                    .join();
            return Status.OK;
        } catch (CompletionException e) {
            return ((CallException) e.getCause()).status();
        }
    }

    private static long failuresOf(CallClient client, int calls) {
        long failures = 0;
        for (int i = 0; i < calls; i++) {
            failures += call(client) == Status.OK ? 0 : 1;
        }
        return failures;
    }

    @Test
    void anInstanceThatFailsHalfOfItsCallsIsKeptOutAndClientsSeeNoneOfItsFailuresAnyMore() {
        rig(Duration.ofMinutes(5), EjectionProperties.DEFAULTS);
        AtomicInteger calls = new AtomicInteger();
        rig.worker("bad", Map.of("a/b", call -> (calls.incrementAndGet() % 2 == 0 ? FAILS : WELL).handle(call)));
        rig.worker("w1", Map.of("a/b", WELL));
        rig.worker("w2", Map.of("a/b", WELL));
        CallClient client = client();
        await().until(() -> {
            failuresOf(client, 20);
            return !rig.breakers.ejected().isEmpty();
        });

        int before = calls.get();
        await().untilAsserted(() -> assertThat(failuresOf(client, 200)).isZero());

        assertThat(rig.breakers.ejected()).containsExactly("bad");
        assertThat(state("bad")).isEqualTo(State.OPEN);
        assertThat(calls.get() - before).isLessThan(20);
        assertThat(rig.breakers.all())
                .filteredOn(status -> status.instance().equals("bad"))
                .singleElement()
                .satisfies(status -> assertThat(status.ejectedFrom()).containsExactly("a/b"));
    }

    @Test
    void withThreeOfFourFailingOneIsKeptOut() {
        rig(Duration.ofMinutes(5), NO_PANIC);
        threeOfFourFail();
        CallClient client = client();

        await().until(() -> {
            failuresOf(client, 20);
            return state("w1") == State.OPEN && state("w2") == State.OPEN && state("w3") == State.OPEN;
        });

        // A loop looks at its breakers a moment after they have opened.
        await().untilAsserted(() -> assertThat(rig.breakers.ejected()).hasSize(1));
        assertThat(rig.breakers.panicking()).isEmpty();
    }

    private void threeOfFourFail() {
        rig.worker("w1", Map.of("a/b", FAILS));
        rig.worker("w2", Map.of("a/b", FAILS));
        rig.worker("w3", Map.of("a/b", FAILS));
        rig.worker("w4", Map.of("a/b", WELL));
    }

    @Test
    void withThreeOfFourFailingBreakersAreIgnoredWhileThatIsPanic() {
        rig(Duration.ofMinutes(5), EjectionProperties.DEFAULTS);
        threeOfFourFail();
        CallClient client = client();

        await().until(() -> {
            failuresOf(client, 20);
            return rig.breakers.panicking().contains("a/b");
        });

        assertThat(rig.breakers.ejected()).isEmpty();
        await().untilAsserted(() -> assertThat(failuresOf(client, 20)).isPositive());
    }

    @Test
    void anInstanceThatIsWellAgainReturnsAfterAFewProbes() {
        rig(Duration.ofMillis(200), EjectionProperties.DEFAULTS);
        AtomicBoolean broken = new AtomicBoolean(true);
        AtomicInteger calls = new AtomicInteger();
        rig.worker("w1", Map.of("a/b", call -> {
            calls.incrementAndGet();
            (broken.get() ? FAILS : WELL).handle(call);
        }));
        AtomicBoolean otherHolds = new AtomicBoolean();
        rig.worker("w2", Map.of("a/b", call -> {
            if (!otherHolds.get()) {
                WELL.handle(call);
            }
        }));
        CallClient client = client();
        open("w1");

        broken.set(false);

        await().until(() -> {
            failuresOf(client, 20);
            return state("w1") == State.CLOSED && rig.breakers.ejected().isEmpty();
        });
        int before = calls.get();
        // So that calls go to it however quick the other one was.
        otherHolds.set(true);
        await().until(() -> {
            client.call(Request.of("a/b", new byte[] {1}, Duration.ofSeconds(10)));
            return calls.get() > before;
        });
    }

    @Test
    void probesOfAnInstanceThatStillFailsAreFew() {
        rig(Duration.ofMillis(200), EjectionProperties.DEFAULTS);
        AtomicInteger calls = new AtomicInteger();
        rig.worker("w1", Map.of("a/b!", call -> {
            calls.incrementAndGet();
            FAILS.handle(call);
        }));
        rig.worker("w2", Map.of("a/b!", WELL));
        CallClient client = client();
        open("w1");
        int before = calls.get();
        long opened = rig.breakers.opened();

        await().until(() -> failuresOf(client, 100) > 0 && calls.get() - before >= 6);

        assertThat(rig.breakers.ejected()).containsExactly("w1");
        assertThat(rig.breakers.opened()).as("never closed meanwhile").isEqualTo(opened);
    }

    /// As a client does that waits for each answer, so many at a time.
    private static void load(CallClient client, int concurrent, int each) {
        CompletableFuture.allOf(Stream.generate(() -> chain(client, each))
                        .limit(concurrent)
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    private static CompletableFuture<Integer> chain(CallClient client, int left) {
        return client.call(Request.of("a/b", new byte[] {1}, Duration.ofSeconds(10)))
                .handle((reply, failure) -> left)
                .thenCompose(n -> n > 1 ? chain(client, n - 1) : CompletableFuture.completedFuture(n));
    }

    @Test
    void anInstanceThatFailsAtOnceDoesNotAttractCallsBeforeItsBreakerOpens() {
        rig.close();
        // Breakers that never open: what is left is the choice.
        rig = new Rig(
                CircuitBreakerConfig.custom()
                        .minimumNumberOfCalls(1_000_000)
                        .slidingWindowSize(1_000_000)
                        .build(),
                new EjectionProperties(30, 50, 0));
        AtomicInteger sink = new AtomicInteger();
        AtomicInteger all = new AtomicInteger();
        CallHandler slow = call -> {
            all.incrementAndGet();
            later.schedule(() -> call.reply(call.payload()), 5, TimeUnit.MILLISECONDS);
        };
        AtomicBoolean fails = new AtomicBoolean();
        rig.worker("w1", Map.of("a/b", slow));
        rig.worker("w2", Map.of("a/b", slow));
        rig.worker("w3", Map.of("a/b", slow));
        rig.worker("sink", Map.of("a/b", call -> {
            sink.incrementAndGet();
            if (fails.get()) {
                all.incrementAndGet();
                FAILS.handle(call);
            } else {
                slow.handle(call);
            }
        }));
        CallClient client = client();
        load(client, 32, 60);
        assertThat(sink.get()).as("while it is well").isPositive();
        sink.set(0);
        all.set(0);
        fails.set(true);

        load(client, 32, 60);

        assertThat(all.get()).isEqualTo(32 * 60);
        assertThat(sink.get()).as("of " + all + ", fair: a fourth").isLessThan(all.get() / 8);
    }

    @Test
    void withAllBreakersOpenAndNoPanicAForeignClientIsRefusedAtOnce() throws IOException {
        rig(Duration.ofMinutes(5), new EjectionProperties(100, 0, 10));
        rig.worker("w1", Map.of("a/b", FAILS));
        rig.worker("w2", Map.of("a/b", FAILS));
        Listener listener = rig.listener(Map.of("framing", "lf", "call", "a/b", "dialect", "text"));
        try (Socket socket = new Socket("127.0.0.1", listener.port())) {
            socket.setSoTimeout(20_000);
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            await().until(() -> {
                socket.getOutputStream().write("x\n".getBytes(UTF_8));
                in.readLine();
                return rig.breakers.ejected().size() == 2;
            });

            await().untilAsserted(() -> {
                socket.getOutputStream().write("x\n".getBytes(UTF_8));
                assertThat(in.readLine()).startsWith("ERR UNAVAILABLE").contains("breaker");
            });
        }
    }

    @Test
    void resetBringsAnInstanceBackAtOnce() {
        rig(Duration.ofMinutes(5), EjectionProperties.DEFAULTS);
        AtomicBoolean broken = new AtomicBoolean(true);
        AtomicInteger calls = new AtomicInteger();
        rig.worker("w1", Map.of("a/b", call -> {
            calls.incrementAndGet();
            (broken.get() ? FAILS : WELL).handle(call);
        }));
        rig.worker("w2", Map.of("a/b", WELL));
        CallClient client = client();
        open("w1");
        broken.set(false);
        int before = calls.get();

        rig.breakers.reset("w1");

        await().until(() -> failuresOf(client, 20) == 0 && calls.get() > before);
        assertThat(rig.breakers.ejected()).isEmpty();
    }

    @Test
    void aBreakerGoesWithItsInstance() {
        rig.worker("w1", Map.of("a/b", WELL));
        rig.worker("w2", Map.of("a/b", WELL)).close();
        assertThat(rig.registry.find("w2")).isPresent();

        rig.unlist("w2");

        await().until(() -> rig.registry.find("w2").isEmpty());
        assertThat(rig.registry.find("w1")).isPresent();
    }

    @Test
    void callsThatAnInstanceNeverAnswersOpenItsBreaker() {
        rig.close();
        // The choice avoids it after its first calls, so one of them has to do. The others' breakers stay closed: on a
        // busy machine their first answers are late, too, and only one of the three may be kept out.
        CircuitBreakerConfig patient = CircuitBreakerConfig.from(breaker(Duration.ofMinutes(5)))
                .minimumNumberOfCalls(1_000_000)
                .build();
        CircuitBreakerRegistry settings = CircuitBreakerRegistry.of(patient);
        settings.circuitBreaker(
                "mute",
                CircuitBreakerConfig.from(patient).minimumNumberOfCalls(1).build());
        rig = new Rig(settings, new EjectionProperties(30, 50, 0));
        rig.worker("mute", Map.of("a/b", call -> {}));
        rig.worker("w1", Map.of("a/b", WELL));
        rig.worker("w2", Map.of("a/b", WELL));
        // The gateway's time limit, not the client's: whoever gives up long before the gateway blames nobody.
        CallClient client = rig.client(
                rig.listener(Map.of("framing", "native", "timeout", "300ms")).port());

        await().until(() -> {
            List<CompletableFuture<?>> all = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                all.add(client.call(Request.of("a/b", new byte[] {1}, Duration.ofSeconds(10)))
                        .handle((reply, failure) -> 0));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
            return rig.breakers.ejected().contains("mute");
        });
    }
}
