package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.wire.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OverloadTests {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
    private @Nullable Rig rig;

    @AfterEach
    void close() {
        if (rig != null) {
            rig.close();
        }
    }

    /// A gateway of one loop.
    private Rig rig(String... overload) {
        Map<String, String> settings = new HashMap<>();
        settings.put("overload.max-wait", "20s");
        for (int i = 0; i < overload.length; i += 2) {
            settings.put("overload." + overload[i], overload[i + 1]);
        }
        Rig made = new Rig(1, settings);
        rig = made;
        return made;
    }

    private static CallClient client(Rig rig) {
        return rig.client(rig.listener(Map.of("framing", "native")).port());
    }

    private static Request request(int i) {
        return Request.of("a/b", ("" + i).getBytes(UTF_8), TIMEOUT);
    }

    private static CallException failure(CompletableFuture<?> future) {
        CompletionException thrown = catchThrowableOfType(CompletionException.class, future::join);
        assertThat(thrown).hasCauseInstanceOf(CallException.class);
        return (CallException) thrown.getCause();
    }

    private String answerNext() {
        await().until(() -> !held.isEmpty());
        IncomingCall call = held.remove();
        String payload = new String(call.payload(), UTF_8);
        call.reply(call.payload());
        return payload;
    }

    @Test
    void callsThatFindNoRoomWaitInTurnAndAreAllAnswered() {
        Rig gateway = rig();
        gateway.worker("w1", 1, Map.of("a/b", held::add));
        CallClient client = client(gateway);
        List<CompletableFuture<Reply>> replies =
                IntStream.range(0, 11).mapToObj(i -> client.call(request(i))).toList();
        await().until(() -> gateway.metric("fairlead.overload.waiting") == 10);

        for (int i = 0; i < 11; i++) {
            assertThat(answerNext()).isEqualTo("" + i);
            assertThat(held).hasSizeLessThanOrEqualTo(1);
        }

        for (int i = 0; i < 11; i++) {
            assertThat(new String(replies.get(i).join().payload(), UTF_8)).isEqualTo("" + i);
        }
        assertThat(gateway.metric("fairlead.overload.waited")).isEqualTo(10);
    }

    @Test
    void whoeverFindsNoPlaceToWaitIsRefusedAtOnce() {
        Rig gateway = rig("max-waiting", "2");
        gateway.worker("w1", 1, Map.of("a/b", held::add));
        CallClient client = client(gateway);
        List<CompletableFuture<Reply>> replies =
                IntStream.range(0, 4).mapToObj(i -> client.call(request(i))).toList();

        CallException failure = failure(replies.get(3));

        assertThat(failure.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(failure.certainlyNotRun()).isTrue();
        assertThat(failure.retryAfter()).isPositive();
        assertThat(replies.subList(0, 3)).noneMatch(CompletableFuture::isDone);
        assertThat(gateway.metric("fairlead.overload.shed", "priority", "normal"))
                .isEqualTo(1);
    }

    @Test
    void nobodyWaitsForeverForRoom() {
        Rig gateway = rig("max-wait", "100ms");
        gateway.worker("w1", 1, Map.of("a/b", held::add));
        CallClient client = client(gateway);
        client.call(request(0));

        CallException failure = failure(client.call(request(1)));

        assertThat(failure.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(failure.certainlyNotRun()).isTrue();
        assertThat(gateway.metric("fairlead.overload.waiting")).isZero();
    }

    @Test
    void whoeverExpiresWhileWaitingHasCertainlyNotRun() {
        Rig gateway = rig();
        gateway.worker("w1", 1, Map.of("a/b", held::add));
        CallClient client = client(gateway);
        CompletableFuture<Reply> first = client.call(request(0));
        CallClient impatient = gateway.client(gateway.listener(Map.of("framing", "native", "timeout", "200ms"))
                .port());

        CallException failure = failure(impatient.call(request(1)));

        assertThat(failure.status()).isEqualTo(Status.DEADLINE_EXCEEDED);
        assertThat(failure.certainlyNotRun()).isTrue();
        assertThat(gateway.metric("fairlead.deadline.expired", "state", "not_run"))
                .isEqualTo(1);
        assertThat(answerNext()).isEqualTo("0");
        first.join();
        assertThat(held).isEmpty();
    }

    @Test
    void whoeverWaitsForWorkersThatAreGoneIsToldAtOnce() {
        Rig gateway = rig();
        CallServer worker = gateway.worker("w1", 1, Map.of("a/b", held::add));
        CallClient client = client(gateway);
        CompletableFuture<Reply> running = client.call(request(0));
        CompletableFuture<Reply> waiting = client.call(request(1));
        await().until(() -> held.size() == 1 && gateway.metric("fairlead.overload.waiting") == 1);

        worker.close();

        assertThat(failure(running).status()).isEqualTo(Status.UNKNOWN);
        CallException failure = failure(waiting);
        assertThat(failure.status()).isEqualTo(Status.UNAVAILABLE);
        assertThat(failure.certainlyNotRun()).isTrue();
    }

    @Test
    void aWorkerThatIsFullOfOthersCallsIsAskedAgainALittleLater() {
        Rig gateway = rig();
        AtomicInteger asked = new AtomicInteger();
        gateway.worker("w1", Map.of("a/b", call -> {
            if (asked.incrementAndGet() <= 2) {
                call.refuse(Status.RESOURCE_EXHAUSTED, "full", Duration.ofMillis(20));
            } else {
                call.reply(call.payload());
            }
        }));

        assertThat(client(gateway).call(request(5)).join().payload()).isEqualTo("5".getBytes(UTF_8));
        assertThat(asked).hasValue(3);
    }

    @Test
    void theGatewayTakesOnlySoManyCallsInAll() {
        Rig gateway = rig("max-in-flight", "2");
        gateway.worker("w1", Map.of("a/b", held::add));
        CallClient client = client(gateway);
        List<CompletableFuture<Reply>> taken = List.of(client.call(request(0)), client.call(request(1)));

        CallException failure = failure(client.call(request(2)));

        assertThat(failure.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(failure.certainlyNotRun()).isTrue();
        answerNext();
        taken.getFirst().join();
        CompletableFuture<Reply> next = client.call(request(3));
        assertThat(List.of(answerNext(), answerNext())).containsExactly("1", "3");
        next.join();
    }

    @Test
    void theWorkersTimeLimitShortensTheDeadlineAndTheWorkerIsToldToStop() {
        Rig gateway = rig();
        gateway.worker("w1", Map.of("a/b@200", held::add));

        CallException failure = failure(client(gateway).call(request(0)));

        assertThat(failure.status()).isEqualTo(Status.DEADLINE_EXCEEDED);
        assertThat(failure.certainlyNotRun()).isFalse();
        IncomingCall call = held.remove();
        await().until(call::isCancelled);
    }

    /// A line client of a listener with this priority.
    private record Lines(Socket socket, BufferedReader in) implements AutoCloseable {
        static Lines to(Rig rig, String priority) throws Exception {
            Listener listener =
                    rig.listener(Map.of("framing", "lf", "call", "a/b", "dialect", "text", "priority", priority));
            Socket socket = new Socket("127.0.0.1", listener.port());
            socket.setSoTimeout(20_000);
            return new Lines(socket, new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)));
        }

        void send(String lines) throws Exception {
            socket.getOutputStream().write(lines.getBytes(UTF_8));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void aHigherPriorityIsServedFirst() throws Exception {
        Rig gateway = rig();
        gateway.worker("w1", 1, Map.of("a/b", held::add));
        try (Lines low = Lines.to(gateway, "low");
                Lines normal = Lines.to(gateway, "normal");
                Lines high = Lines.to(gateway, "high")) {
            normal.send("n0\n");
            await().until(() -> held.size() == 1);
            low.send("l1\nl2\n");
            await().until(() -> gateway.metric("fairlead.overload.waiting") == 2);
            normal.send("n1\n");
            await().until(() -> gateway.metric("fairlead.overload.waiting") == 3);
            high.send("h1\n");
            await().until(() -> gateway.metric("fairlead.overload.waiting") == 4);

            assertThat(List.of(answerNext(), answerNext(), answerNext(), answerNext(), answerNext()))
                    .containsExactly("n0", "h1", "n1", "l1", "l2");
            assertThat(high.in().readLine()).isEqualTo("h1");
        }
    }

    @Test
    void aHigherPriorityDisplacesWhoeverOfTheLowestCameLast() throws Exception {
        Rig gateway = rig("max-waiting", "2");
        gateway.worker("w1", 1, Map.of("a/b", held::add));
        try (Lines low = Lines.to(gateway, "low");
                Lines high = Lines.to(gateway, "high")) {
            low.send("l0\nl1\nl2\n");
            await().until(() -> held.size() == 1 && gateway.metric("fairlead.overload.waiting") == 2);

            high.send("h1\n");
            await().until(() -> gateway.metric("fairlead.overload.shed", "priority", "low") == 1);

            assertThat(List.of(answerNext(), answerNext(), answerNext())).containsExactly("l0", "h1", "l1");
            assertThat(low.in().readLine()).isEqualTo("l0");
            assertThat(low.in().readLine()).isEqualTo("l1");
            assertThat(low.in().readLine()).startsWith("ERR RESOURCE_EXHAUSTED");
            assertThat(high.in().readLine()).isEqualTo("h1");
        }
    }
}
