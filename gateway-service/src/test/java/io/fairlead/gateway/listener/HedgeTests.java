package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HedgeTests {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final int ENOUGH_TO_KNOW_THE_LATENCY = 128;

    private final Rig rig = new Rig(1, Map.of("hedge.services", "a", "hedge.min-delay", "20ms"));
    private final Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();

    /// Whether the next call is held; whoever comes after it is answered.
    private volatile boolean hold;

    private volatile boolean failOthers;

    private final CallHandler holdsOne = call -> {
        if (hold) {
            hold = false;
            held.add(call);
        } else if (failOthers) {
            call.fail(Status.INTERNAL, "the hedge fails");
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
        failOthers = true;

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
}
