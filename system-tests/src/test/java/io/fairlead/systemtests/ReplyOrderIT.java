package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Requests of one connection run in parallel; their replies keep the order where the client needs it.
@ExtendWith(Suite.Extension.class)
class ReplyOrderIT {
    private static final int WINDOW = 16;

    private final Gateway gateway;

    ReplyOrderIT(Suite suite) {
        gateway = suite.gateway();
    }

    @Test
    void repliesLeaveInTheOrderOfTheirRequestsAlthoughTheyAreAnsweredInAnother() throws IOException {
        try (ForeignClient client = new ForeignClient(gateway.port("in-order"), ClientFraming.LF)) {
            List<String> sent = new ArrayList<>();
            List<String> received = new ArrayList<>();
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < WINDOW; i++) {
                    // None is answered before all of the round are there: so they do run in parallel.
                    String message = "round" + round + " " + WINDOW + " message " + i;
                    sent.add(message);
                    client.send(message.getBytes(US_ASCII));
                }
            }
            for (int i = 0; i < sent.size(); i++) {
                received.add(new String(client.receive(), US_ASCII));
            }
            assertThat(received).isEqualTo(sent);
        }
    }

    @Test
    void aReplyThatComesTooLateIsNotTakenForThatOfTheNextRequest() throws IOException {
        try (ForeignClient client = new ForeignClient(gateway.port("late"), ClientFraming.LF)) {
            assertThat(client.call("900 first")).startsWith("ERR DEADLINE_EXCEEDED ");
            // Until well after the handler has answered the first; a busy machine may miss the time itself.
            long end = System.nanoTime() + Duration.ofMillis(1_200).toNanos();
            for (int i = 0; System.nanoTime() < end; i++) {
                assertThat(client.call("10 request " + i))
                        .matches(Pattern.compile("10 request " + i + "|ERR DEADLINE_EXCEEDED .*"));
            }
        }
    }

    @Test
    void correlatedRepliesLeaveAsTheyCome() throws IOException {
        try (ForeignClient client = new ForeignClient(gateway.port("correlated"), ClientFraming.LENGTH2)) {
            List<Integer> received = new ArrayList<>();
            for (int i = 0; i < RendezvousWorker.CARDS; i++) {
                client.send(Iso8583.authorization(i, 100 + i));
            }
            for (int i = 0; i < RendezvousWorker.CARDS; i++) {
                Iso8583.Response response = Iso8583.response(client.receive());
                assertThat(response.amount()).isEqualTo(100 + response.trace());
                received.add(response.trace());
            }
            assertThat(received)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, RendezvousWorker.CARDS).boxed().toList());
            assertThat(received.getFirst()).as("answered first").isGreaterThan(1);
        }
    }
}
