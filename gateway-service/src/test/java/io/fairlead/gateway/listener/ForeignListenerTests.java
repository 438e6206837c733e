package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.dialect.Dialect;
import io.fairlead.gateway.dialect.Refusal;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ForeignListenerTests {
    private static final CallHandler ECHO = call -> call.reply(call.payload());

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    /// A line client that reads with a time limit, so that a missing reply fails the test instead of hanging it.
    record Client(Socket socket, BufferedReader in) implements AutoCloseable {
        static Client to(Listener listener) throws IOException {
            Socket socket = new Socket("127.0.0.1", listener.port());
            socket.setSoTimeout(20_000);
            return new Client(socket, new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)));
        }

        Client send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(UTF_8));
            return this;
        }

        String line() throws IOException {
            return in.readLine();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private Listener lines(String... settings) {
        Map<String, String> all = new java.util.HashMap<>(Map.of("framing", "lf", "call", "a/b", "dialect", "text"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return rig.listener(all);
    }

    @Test
    void aMessageIsACallAndItsReplyComesBackInTheSameFraming() throws IOException {
        rig.worker(
                "w1",
                Map.of(
                        "a/b",
                        call -> call.reply(new String(call.payload(), UTF_8)
                                .toUpperCase(java.util.Locale.ROOT)
                                .getBytes(UTF_8))));

        try (Client client = Client.to(lines())) {
            assertThat(client.send("hello\n").line()).isEqualTo("HELLO");
        }
    }

    @Test
    void repliesLeaveInTheOrderOfTheirRequestsAlthoughTheCallsRunInParallel() throws IOException {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        rig.worker("w1", Map.of("a/b", held::add));
        rig.worker("w2", Map.of("a/b", ECHO));
        try (Client client = Client.to(lines())) {
            client.send("1\n2\n3\n4\n5\n6\n");
            await().until(() -> held.size() == 3);

            held.stream().toList().reversed().forEach(call -> call.reply(call.payload()));

            for (int i = 1; i <= 6; i++) {
                assertThat(client.line()).isEqualTo("" + i);
            }
        }
    }

    @Test
    void noMoreCallsThanTheWindowRunAtATimeAndTheRestFollows() throws IOException {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        rig.worker("w1", Map.of("a/b", held::add));
        try (Client client = Client.to(lines("window", "1"))) {
            client.send("1\n2\n3\n");
            for (int i = 1; i <= 3; i++) {
                await().until(() -> held.size() == 1);
                IncomingCall call = held.remove();
                assertThat(new String(call.payload(), UTF_8)).isEqualTo("" + i);
                call.reply(call.payload());
                assertThat(client.line()).isEqualTo("" + i);
            }
        }
    }

    @Test
    void thousandsOfMessagesWithoutAWorkerAreEachAnsweredAtOnce() throws IOException {
        try (Client client = Client.to(lines())) {
            client.send("x\n".repeat(20_000));
            for (int i = 0; i < 20_000; i++) {
                assertThat(client.line()).startsWith("ERR UNAVAILABLE");
            }
        }
    }

    @Test
    void aClientThatHalfClosesStillGetsItsReplies() throws IOException {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        rig.worker("w1", Map.of("a/b", held::add));
        try (Client client = Client.to(lines())) {
            client.send("one\ntwo\n").socket().shutdownOutput();
            await().until(() -> held.size() == 2);
            held.forEach(call -> call.reply(call.payload()));

            assertThat(client.line()).isEqualTo("one");
            assertThat(client.line()).isEqualTo("two");
            assertThat(client.line()).isNull();
        }
        await().until(() -> rig.closedConnections("PEER_CLOSED") == 1);
    }

    @Test
    void theDialectNoneEndsTheConnectionAfterTheRepliesBeforeIt() throws IOException {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        rig.worker("w1", Map.of("a/b", held::add));
        try (Client client = Client.to(lines("dialect", "none"))) {
            client.send("good\nbad\nnever\n");
            await().until(() -> held.size() == 3);
            for (IncomingCall call : held.stream().toList().reversed()) {
                if (new String(call.payload(), UTF_8).equals("bad")) {
                    call.fail(io.fairlead.wire.Status.INTERNAL, "bad luck");
                } else {
                    call.reply(call.payload());
                }
            }

            assertThat(client.line()).isEqualTo("good");
            assertThat(client.line()).isNull();
        }
        assertThat(rig.closedConnections("CANNOT_REFUSE")).isEqualTo(1);
    }

    @Test
    void aReplyThatTheFramingCannotCarryIsAnErrorAndNotTwoReplies() throws IOException {
        rig.worker("w1", Map.of("a/b", call -> call.reply("two\nlines".getBytes(UTF_8))));
        try (Client client = Client.to(lines())) {
            assertThat(client.send("x\n").line()).startsWith("ERR INTERNAL");
        }
    }

    @Test
    void aMessageOverTheLimitEndsItsConnectionAlone() throws IOException {
        rig.worker("w1", Map.of("a/b", ECHO));
        Listener listener = lines("max-message-size", "10B");
        try (Client good = Client.to(listener);
                Client bad = Client.to(listener)) {
            assertThat(good.send("0123456789\n").line()).isEqualTo("0123456789");
            assertThat(bad.send("0123456789a\n").line()).isNull();
            assertThat(good.send("again\n").line()).isEqualTo("again");
        }
        assertThat(rig.closedConnections("MESSAGE_TOO_LONG")).isEqualTo(1);
    }

    @Test
    void halfAMessageEndsItsConnectionWithinTheLimit() throws IOException {
        rig.worker("w1", Map.of("a/b", ECHO));
        try (Client client = Client.to(lines("mid-message-timeout", "200ms"))) {
            assertThat(client.send("half").line()).isNull();
        }
        assertThat(rig.closedConnections("MID_MESSAGE_TIMEOUT")).isEqualTo(1);
    }

    @Test
    void aConnectionThatSendsNothingEnds() throws IOException {
        try (Client client = Client.to(lines("first-byte-timeout", "200ms"))) {
            assertThat(client.line()).isNull();
        }
        assertThat(rig.closedConnections("FIRST_BYTE_TIMEOUT")).isEqualTo(1);
    }

    @Test
    void aClientThatNeverReadsLosesItsConnectionAndNobodyElseDoes() throws IOException {
        String big = "y".repeat(100_000);
        rig.worker("w1", Map.of("a/b", call -> call.reply(big.getBytes(UTF_8))));
        Listener listener = lines("slow-reader-timeout", "500ms");
        try (Client slow = Client.to(listener);
                Client good = Client.to(listener)) {
            slow.send("x\n".repeat(2000));
            await().untilAsserted(() -> {
                assertThat(good.send("x\n").line()).hasSize(100_000);
                assertThat(rig.closedConnections("SLOW_READER") + rig.closedConnections("IO_ERROR"))
                        .isEqualTo(1);
            });
            assertThat(good.send("x\n").line()).hasSize(100_000);
        }
    }

    @Test
    void drainWaitsForRepliesAndThenEndsIdleConnections() throws Exception {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        rig.worker("w1", Map.of("a/b", held::add));
        Listener listener = lines();
        try (Client busy = Client.to(listener);
                Client idle = Client.to(listener)) {
            busy.send("x\n");
            await().until(() -> held.size() == 1 && listener.connections().size() == 2);
            Thread drain = Thread.startVirtualThread(() -> {
                try {
                    listener.drain(rig.drainPlan());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            assertThat(idle.line()).isNull();
            held.remove().reply("done".getBytes(UTF_8));
            assertThat(busy.line()).isEqualTo("done");
            assertThat(busy.line()).isNull();
            drain.join();
        }
    }

    @Test
    void aClientThatIsNeverIdleGetsAllItsRepliesAndIsThenEnded() throws Exception {
        rig.worker("w1", Map.of("a/b", ECHO));
        Listener listener = lines("window", "64");
        java.util.concurrent.atomic.AtomicInteger sent = new java.util.concurrent.atomic.AtomicInteger();
        try (Client busy = Client.to(listener)) {
            Thread sender = Thread.startVirtualThread(() -> {
                try {
                    while (true) {
                        busy.send("m" + sent.getAndIncrement() + "\n");
                    }
                } catch (IOException e) {
                    // The gateway has ended the connection.
                }
            });
            assertThat(busy.line()).isEqualTo("m0");
            java.util.concurrent.CompletableFuture<Boolean> drained =
                    java.util.concurrent.CompletableFuture.supplyAsync(() -> {
                        try {
                            return listener.drain(rig.drainPlan());
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    });
            int next = 1;
            for (String line = busy.line(); line != null; line = busy.line()) {
                assertThat(line).isEqualTo("m" + next++);
            }
            assertThat(drained.join()).isTrue();
            busy.socket().close();
            sender.join();
        }
        assertThat(rig.closedConnections("LOCAL_CLOSE")).isEqualTo(1);
    }

    @Test
    void aPortThatAcceptsNoMoreServesThoseWhoAreIn() throws Exception {
        rig.worker("w1", Map.of("a/b", ECHO));
        Listener listener = lines();
        try (Client in = Client.to(listener)) {
            assertThat(in.send("x\n").line()).isEqualTo("x");
            int port = listener.port();
            listener.stopAccepting();

            assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
                    .isInstanceOf(java.net.ConnectException.class);
            assertThat(in.send("y\n").line()).isEqualTo("y");
        }
    }

    @Test
    void aMessageInTheMiddleIsAnsweredBeforeTheEnd() throws Exception {
        rig.worker("w1", Map.of("a/b", ECHO));
        Listener listener = lines();
        try (Client client = Client.to(listener)) {
            assertThat(client.send("one\nhal").line()).isEqualTo("one");
            Thread drain = Thread.startVirtualThread(() -> {
                try {
                    listener.drain(rig.drainPlan());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            assertThat(client.send("f\n").line()).isEqualTo("half");
            assertThat(client.line()).isNull();
            drain.join();
        }
    }

    /// Asks the only connection of a listener to end, and waits until it has heard it.
    private void askToLeave(Listener listener) {
        assertThat(listener.close(listener.connections().getFirst().id(), false))
                .isPresent();
        rig.transport.loops().forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
    }

    @Test
    void messagesThatArriveTogetherAreAllAnsweredBeforeTheEnd() throws IOException {
        Listener listener = lines();
        try (Client client = Client.to(listener)) {
            // Nobody offers the method, so each message is refused while the next one is already here.
            assertThat(client.send("one\ntw").line()).startsWith("ERR UNAVAILABLE");
            askToLeave(listener);
            client.send("o\nthree\n");

            assertThat(client.line()).startsWith("ERR UNAVAILABLE");
            assertThat(client.line()).startsWith("ERR UNAVAILABLE");
            assertThat(client.line()).isNull();
        }
    }

    @Test
    void settingsThatDoNotFitTogetherSayWhichListenerAndWhy() {
        assertThatThrownBy(() -> lines("replies", "correlated")).hasMessageContaining("'text'");
        assertThatThrownBy(() -> lines("framing", "morse")).hasMessageContaining("'morse'");
        assertThatThrownBy(() -> lines("call", "no-slash")).hasMessageContaining("'no-slash'");
        assertThatThrownBy(() -> lines("window", "0")).rootCause().hasMessageContaining("window: 0");
    }

    @Test
    void aDialectThatFailsEndsItsConnectionAndNotTheWorkersLink() throws IOException {
        Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
        try (Rig oneLoop = new Rig(1, Map.of())) {
            oneLoop.dialects.add(new Dialect() {
                @Override
                public String name() {
                    return "broken";
                }

                @Override
                public ByteBuf refuse(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
                    throw new IllegalStateException("a user's bug");
                }
            });
            oneLoop.worker("w1", Map.of("a/b", held::add));
            Listener lines = oneLoop.listener(Map.of("framing", "lf", "call", "a/b", "dialect", "broken"));
            try (Client other = Client.to(lines);
                    Client client = Client.to(lines)) {
                other.send("well\n");
                await().until(() -> held.size() == 1);
                client.send("fails\n");
                await().until(() -> held.size() == 2);
                IncomingCall first = held.remove();

                held.remove().fail(Status.INTERNAL, "so the dialect is asked");

                assertThat(client.line()).isNull();
                first.reply(first.payload());
                assertThat(other.line()).isEqualTo("well");
            }
            assertThat(oneLoop.closedConnections("INTERNAL_ERROR")).isEqualTo(1);
        }
    }
}
