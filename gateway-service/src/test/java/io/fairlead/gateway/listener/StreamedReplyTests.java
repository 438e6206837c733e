package io.fairlead.gateway.listener;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.listener.ForeignListenerTests.Client;
import io.fairlead.link.call.IncomingCall;
import java.io.IOException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Replies in several parts, to clients that know of no such thing.
class StreamedReplyTests {
    private final Queue<IncomingCall> held = new ConcurrentLinkedQueue<>();
    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private Listener lines() {
        rig.worker("w1", Map.of("a/b", held::add));
        return rig.listener(Map.of("framing", "lf", "call", "a/b", "dialect", "text"));
    }

    private IncomingCall received(String message) {
        return await().until(
                        () -> held.stream()
                                .filter(call -> new String(call.payload(), UTF_8).contains(message))
                                .findAny()
                                .orElse(null),
                        call -> call != null);
    }

    private double inFlight() {
        return rig.metric("fairlead.calls.in.flight");
    }

    @Test
    void aPartThatTheFramingCannotCarryEndsTheReplyAndNothingElse() throws IOException {
        try (Client client = Client.to(lines())) {
            client.send("first\nsecond\nthird\n");
            IncomingCall second = received("second");
            second.replyPart("part".getBytes(UTF_8));
            second.replyPart("two\nlines".getBytes(UTF_8));
            await().until(second::isCancelled);
            second.reply("end".getBytes(UTF_8));
            received("third").reply("3".getBytes(UTF_8));
            received("first").reply("1".getBytes(UTF_8));

            assertThat(client.line()).isEqualTo("1");
            assertThat(client.line()).isEqualTo("part");
            assertThat(client.line()).startsWith("ERR INTERNAL");
            assertThat(client.line()).isEqualTo("3");
        }
        assertThat(inFlight()).isZero();
    }

    @Test
    void aPartWithAnotherMessagesKeyIsOneRefusal() throws IOException {
        rig.worker("w1", Map.of("a/b", held::add));
        Listener listener = rig.listener(
                Map.of("framing", "mllp", "call", "a/b", "dialect", "hl7", "replies", "correlated", "window", "1"));
        try (Client client = Client.to(listener)) {
            client.send(message("id1"));
            IncomingCall first = received("id1");
            first.replyPart(acknowledgment("id7").getBytes(ISO_8859_1));
            await().until(first::isCancelled);
            first.reply(acknowledgment("id1").getBytes(ISO_8859_1));
            client.send(message("id2"));
            received("id2").reply(acknowledgment("id2").getBytes(ISO_8859_1));

            assertThat(acknowledgmentOf(client)).isEqualTo("MSA|AE|id1");
            assertThat(acknowledgmentOf(client)).isEqualTo("MSA|AA|id2");
        }
        assertThat(inFlight()).isZero();
    }

    private static String message(String id) {
        return "\u000bMSH|^~\\&|a|b|c|d|20260101||ADT^A01|" + id + "|P|2.5\r\u001c\r";
    }

    private static String acknowledgment(String id) {
        return "MSH|^~\\&|c|d|a|b|20260101||ACK|x|P|2.5\rMSA|AA|" + id + "\r";
    }

    /// The next MSA segment that arrives.
    private static String acknowledgmentOf(Client client) throws IOException {
        for (String line = client.line(); line != null; line = client.line()) {
            if (line.startsWith("MSA")) {
                return line;
            }
        }
        return "the connection ended";
    }

    @Test
    void partsThatWaitForAnEarlierReplyAreBounded() throws IOException {
        byte[] part = "x".repeat(1 << 20).getBytes(UTF_8);
        Listener listener = lines();
        try (Client client = Client.to(listener)) {
            client.send("first\nsecond\n");
            IncomingCall second = received("second");
            for (int i = 1; i <= 16; i++) {
                long sent = i * 1_000_000L;
                second.replyPart(part);
                // A worker that sends all of them at once would lose its own link.
                await().until(() -> second.isCancelled()
                        || listener.connections().getFirst().queuedBytes() > sent);
            }
            await().until(second::isCancelled);
            received("first").reply("1".getBytes(UTF_8));

            assertThat(client.line()).isEqualTo("1");
            int parts = 0;
            String line = client.line();
            for (; line != null && line.startsWith("x"); line = client.line()) {
                parts++;
            }
            assertThat(parts).isEqualTo(15);
            assertThat(line).startsWith("ERR RESOURCE_EXHAUSTED");
        }
    }

    @Test
    void aReplyOfManyPartsToAClientThatHasGoneIsOneCall() throws IOException {
        Listener listener = lines();
        try (Client client = Client.to(listener)) {
            client.send("first\n");
            IncomingCall first = received("first");
            listener.close(listener.connections().getFirst().id(), true)
                    .orElseThrow()
                    .join();

            first.replyPart("part".getBytes(UTF_8));
            first.replyPart("part".getBytes(UTF_8));
            first.reply("end".getBytes(UTF_8));
        }
        await().until(() -> rig.upstreams.instances().stream().allMatch(i -> i.inFlight() == 0));
        assertThat(inFlight()).isZero();
    }
}
