package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.CloseReason;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryTests {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final CallHandler ECHO = call -> call.reply(call.payload());

    private final Rig rig = new Rig(1, Map.of("retry.min-back-off", "5ms", "retry.max-back-off", "10ms"));
    private final AtomicInteger runs = new AtomicInteger();

    /// Runs, and is lost before it has answered.
    private final CallHandler breaks = call -> {
        runs.incrementAndGet();
        call.link().close(CloseReason.LOCAL_CLOSE, "test");
    };

    @AfterEach
    void close() {
        rig.close();
    }

    private CallClient client() {
        return rig.client(rig.listener(Map.of("framing", "native")).port());
    }

    private static Request request() {
        return Request.of("a/b", "x".getBytes(UTF_8), TIMEOUT);
    }

    private static CallException failure(CompletableFuture<?> future) {
        CompletionException thrown = catchThrowableOfType(CompletionException.class, future::join);
        assertThat(thrown).hasCauseInstanceOf(CallException.class);
        return (CallException) thrown.getCause();
    }

    private double retries(String reason) {
        return rig.metric("fairlead.retry.attempts", "reason", reason);
    }

    @Test
    void aRefusedCallGoesToAnInstanceThatWasNotTriedAndTheClientDoesNotNotice() {
        CallHandler refuses = call -> {
            runs.incrementAndGet();
            call.refuse(Status.RESOURCE_EXHAUSTED, "full", Duration.ofSeconds(5));
        };
        rig.worker("w1", Map.of("a/b", refuses));
        rig.worker("w2", Map.of("a/b", refuses));
        rig.worker("w3", Map.of("a/b", ECHO));
        CallClient client = client();

        for (int i = 0; i < 30; i++) {
            assertThat(client.call(request()).join().payload()).isEqualTo("x".getBytes(UTF_8));
        }

        assertThat(retries("refused")).isEqualTo(runs.get());
        assertThat(runs.get()).isBetween(1, 60);
    }

    @Test
    void aRefusalThatIsNotTheInstancesIsNotPassedOn() {
        CallHandler refuses = call -> {
            runs.incrementAndGet();
            call.refuse(Status.INVALID_ARGUMENT, "wrong", Duration.ZERO);
        };
        rig.worker("w1", Map.of("a/b!", refuses));
        rig.worker("w2", Map.of("a/b!", refuses));

        assertThat(failure(client().call(request())).status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(runs).hasValue(1);
    }

    @Test
    void aLostCallOfAMethodThatMayNotBeRepeatedRunsOnceAndIsUnknown() {
        rig.worker("w1", Map.of("a/b", breaks));
        rig.worker("w2", Map.of("a/b", breaks));

        CallException failure = failure(client().call(request()));

        assertThat(failure.status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure.certainlyNotRun()).isFalse();
        assertThat(runs).hasValue(1);
    }

    @Test
    void aLostCallIsRepeatedOnlyIfAllInstancesAllowIt() {
        rig.worker("w1", Map.of("a/b!", breaks));
        rig.worker("w2", Map.of("a/b", breaks));

        assertThat(failure(client().call(request())).status()).isEqualTo(Status.UNKNOWN);
        assertThat(runs).hasValue(1);
    }

    @Test
    void aMethodThatRunsOnceForEachKeyIsRepeatedWithAKeyAndOnlyThen() {
        CallHandler breaksAtFirst = call -> {
            if (runs.incrementAndGet() == 1) {
                call.link().close(CloseReason.LOCAL_CLOSE, "test");
            } else {
                call.reply(call.payload());
            }
        };
        rig.worker("w1", Map.of("a/b?", breaksAtFirst));
        rig.worker("w2", Map.of("a/b?", breaksAtFirst));
        rig.worker("w3", Map.of("a/b?", breaksAtFirst));
        CallClient client = client();

        assertThat(failure(client.call(request())).status()).isEqualTo(Status.UNKNOWN);
        assertThat(runs).hasValue(1);
        runs.set(0);
        Reply reply = client.call(new Request(
                        Route.parse("a/b"),
                        Metadata.of(Map.of(Metadata.IDEMPOTENCY_KEY, "k1")),
                        new byte[] {7},
                        TIMEOUT))
                .join();
        assertThat(reply.payload()).containsExactly(7);
        assertThat(runs).hasValue(2);
        assertThat(retries("lost")).isEqualTo(1);
    }

    @Test
    void aLostCallThatTheNextInstanceRefusesMayStillHaveRun() {
        CallHandler breaksOrRefuses = call -> {
            if (runs.incrementAndGet() == 1) {
                call.link().close(CloseReason.LOCAL_CLOSE, "test");
            } else {
                call.refuse(Status.UNAVAILABLE, "draining", Duration.ZERO);
            }
        };
        rig.worker("w1", Map.of("a/b!", breaksOrRefuses));
        rig.worker("w2", Map.of("a/b!", breaksOrRefuses));

        CallException failure = failure(client().call(request()));

        assertThat(failure.status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure.certainlyNotRun()).isFalse();
        assertThat(failure).hasMessageContaining("draining");
    }

    @Test
    void theBudgetBoundsTheAttemptsAtAFleetThatAlwaysFails() {
        CallHandler fails = call -> {
            runs.incrementAndGet();
            call.fail(Status.UNAVAILABLE, "always");
        };
        rig.worker("w1", Map.of("a/b!", fails));
        rig.worker("w2", Map.of("a/b!", fails));
        CallClient client = client();
        int calls = 500;

        for (int i = 0; i < calls; i++) {
            assertThat(failure(client.call(request())).status()).isEqualTo(Status.UNAVAILABLE);
        }

        int floor = 3 * 10;
        assertThat(runs.get()).isBetween(calls + 1, (int) (1.2 * calls) + floor);
        assertThat(rig.metric("fairlead.retry.abandoned", "reason", "budget")).isPositive();
    }

    @Test
    void aRetryThatWouldPassTheDeadlineIsNotBegun() {
        rig.worker("w1", Map.of("a/b!", call -> {
            runs.incrementAndGet();
            call.fail(Status.UNAVAILABLE, "later", Duration.ofSeconds(60), Metadata.EMPTY);
        }));

        CallException failure = failure(client().call(request()));

        assertThat(failure.status()).isEqualTo(Status.UNAVAILABLE);
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(60));
        assertThat(runs).hasValue(1);
        assertThat(rig.metric("fairlead.retry.abandoned", "reason", "deadline")).isEqualTo(1);
    }

    @Test
    void aCallThatWaitsForItsNextAttemptIsForgottenWhenItsClientCancels() {
        rig.worker("w1", Map.of("a/b!", call -> {
            runs.incrementAndGet();
            call.fail(Status.UNAVAILABLE, "later", Duration.ofSeconds(5), Metadata.EMPTY);
        }));
        CompletableFuture<Reply> reply = client().call(request());
        await().until(() -> rig.metric("fairlead.retry.waiting") == 1);

        reply.cancel(false);

        await().until(() -> rig.metric("fairlead.retry.waiting") == 0);
        assertThat(runs).hasValue(1);
    }

    @Test
    void aHandlerThatFailedIsNotRunAgain() {
        rig.worker("w1", Map.of("a/b!", call -> {
            runs.incrementAndGet();
            call.fail(Status.INTERNAL, "bug");
        }));

        assertThat(failure(client().call(request())).status()).isEqualTo(Status.INTERNAL);
        assertThat(runs).hasValue(1);
    }

    @Test
    void aCallWhoseAnswerHasBegunIsNotRepeated() throws Exception {
        CallHandler breaksInTheMiddle = call -> {
            runs.incrementAndGet();
            call.replyPart("part".getBytes(UTF_8));
            call.link().close(CloseReason.LOCAL_CLOSE, "test");
        };
        rig.worker("w1", Map.of("a/b!", breaksInTheMiddle));
        rig.worker("w2", Map.of("a/b!", breaksInTheMiddle));
        Listener lines = rig.listener(Map.of("framing", "lf", "call", "a/b", "dialect", "text"));

        try (Socket socket = new Socket("127.0.0.1", lines.port())) {
            socket.setSoTimeout(20_000);
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            socket.getOutputStream().write("x\n".getBytes(UTF_8));
            assertThat(in.readLine()).isEqualTo("part");
            assertThat(in.readLine()).startsWith("ERR UNKNOWN");
        }
        assertThat(runs).hasValue(1);
    }

    @Test
    void aCallThatADrainingInstanceHasNotTakenReturnsToOneThatWasFull() {
        AtomicReference<IncomingCall> first = new AtomicReference<>();
        rig.worker("w1", Map.of("a/b", call -> {
            if (!first.compareAndSet(null, call)) {
                call.reply(call.payload());
            }
        }));
        CompletableFuture<Reply> reply = client().call(request());
        await().until(() -> first.get() != null);
        rig.worker("w2", Map.of("a/b", call -> {
            runs.incrementAndGet();
            call.link().goAway(Status.OK, call.id() - 1, "draining");
        }));

        first.get().refuse(Status.RESOURCE_EXHAUSTED, "full", Duration.ZERO);

        assertThat(reply.join().payload()).isEqualTo("x".getBytes(UTF_8));
        assertThat(runs).hasValue(1);
    }
}
