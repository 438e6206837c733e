package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HedgeTests {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final int ENOUGH_TO_KNOW_THE_LATENCY = 128;

    private final Rig rig = new Rig(1, Map.of("hedge.services", "a", "hedge.min-delay", "20ms"));
    private final Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();

    /// Whether the next call is held; whoever comes after it is answered.
    private volatile boolean hold;

    private volatile @Nullable Status othersFailWith;

    private final CallHandler holdsOne = call -> {
        Status failure = othersFailWith;
        if (hold) {
            hold = false;
            held.add(call);
        } else if (failure != null) {
            call.fail(failure, "the hedge fails");
        } else {
            call.reply(call.payload());
        }
    };

    @AfterEach
    void close() {
        rig.close();
    }

    private CallClient warm(String route) {
        rig.worker("w1", Map.of(route, holdsOne));
        rig.worker("w2", Map.of(route, holdsOne));
        CallClient client = rig.client(rig.listener(Map.of("framing", "native")).port());
        for (int i = 0; i < ENOUGH_TO_KNOW_THE_LATENCY; i++) {
            client.call(request()).join();
        }
        return client;
    }

    private static Request request() {
        return Request.of("a/b", "x".getBytes(UTF_8), TIMEOUT);
    }

    private double hedges(String outcome) {
        return rig.metric("fairlead.hedge", "outcome", outcome);
    }

    @Test
    void aSlowCallIsAnsweredByAnotherInstanceAndCancelledAtTheFirst() {
        CallClient client = warm("a/b!");
        hold = true;

        assertThat(client.call(request()).join().payload()).isEqualTo("x".getBytes(UTF_8));

        IncomingCall first = held.remove();
        await().until(first::isCancelled);
        assertThat(hedges("won")).isEqualTo(1);
        first.reply("too late".getBytes(UTF_8));
        assertThat(client.call(request()).join().payload()).isEqualTo("x".getBytes(UTF_8));
    }

    @Test
    void aHedgeThatFailsDoesNotFailTheCall() {
        CallClient client = warm("a/b!");
        hold = true;
        othersFailWith = Status.INTERNAL;

        CompletableFuture<Reply> reply = client.call(request());
        await().until(() -> hedges("sent") == 1
                && rig.upstreams.instances().stream().mapToLong(i -> i.failed()).sum() == 1);
        assertThat(reply).isNotDone();
        held.remove().reply("late, but right".getBytes(UTF_8));

        assertThat(reply.join().payload()).isEqualTo("late, but right".getBytes(UTF_8));
    }

    @Test
    void aMethodThatMayNotBeRepeatedIsNotHedged() {
        CallClient client = warm("a/b");
        hold = true;

        CompletableFuture<Reply> reply = client.call(request());
        await().until(() -> held.size() == 1);
        // A call behind it is answered: the time of a hedge has come for neither.
        client.call(request()).join();
        held.remove().reply("x".getBytes(UTF_8));

        reply.join();
        assertThat(hedges("sent")).isZero();
    }

    @Test
    void aNoOfTheHedgeIsTheCallsAnswerForWhichTheFirstIsNotWaitedFor() {
        CallClient client = warm("a/b!");
        hold = true;
        othersFailWith = Status.NOT_FOUND;

        CompletionException thrown = catchThrowableOfType(
                CompletionException.class, () -> client.call(request()).join());

        assertThat(thrown.getCause())
                .isInstanceOfSatisfying(
                        CallException.class, e -> assertThat(e.status()).isEqualTo(Status.NOT_FOUND));
        await().until(held.remove()::isCancelled);
    }

    @Test
    void aCallIsNotHedgedOnceAnInstanceOfItsMethodDoesNotAllowIt() {
        AtomicBoolean holds = new AtomicBoolean();
        CallHandler handler = call -> {
            if (holds.get()) {
                held.add(call);
            } else {
                call.reply(call.payload());
            }
        };
        Map<String, CallHandler> routes = Map.of("a/b!", handler, "c/d!", handler);
        try (Rig patient = new Rig(1, Map.of("hedge.services", "*", "hedge.min-delay", "2s"))) {
            patient.worker("w1", routes);
            patient.worker("w2", routes);
            CallClient client =
                    patient.client(patient.listener(Map.of("framing", "native")).port());
            for (String route : List.of("a/b", "c/d")) {
                for (int i = 0; i < ENOUGH_TO_KNOW_THE_LATENCY; i++) {
                    client.call(Request.of(route, new byte[0], TIMEOUT)).join();
                }
            }
            holds.set(true);
            client.call(Request.of("a/b", new byte[0], TIMEOUT));
            client.call(Request.of("c/d", new byte[0], TIMEOUT));

            patient.worker("w3", Map.of("a/b", handler));
            // The hedge of the later call says that the time of the earlier one's has come, too.
            await().until(() -> held.size() >= 3);

            assertThat(held)
                    .filteredOn(call -> call.route().service().equals("a"))
                    .hasSize(1);
        }
    }
}
