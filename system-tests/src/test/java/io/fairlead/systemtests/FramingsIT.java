package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Clients of every foreign framing are answered however their bytes arrive, and only they themselves suffer when the
/// bytes are wrong.
@ExtendWith(Suite.Extension.class)
class FramingsIT {
    private final Gateway gateway;

    FramingsIT(Suite suite) {
        gateway = suite.gateway();
    }

    @ParameterizedTest
    @EnumSource
    void answersMessagesThatArriveByteByByte(ClientFraming framing) throws IOException {
        try (ForeignClient client = open(framing)) {
            for (int i = 0; i < 3; i++) {
                byte[] message = message(framing, i);
                for (byte each : framing.frame(message)) {
                    client.sendRaw(new byte[] {each});
                }
                assertThat(client.receive()).isEqualTo(message);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersManyMessagesOfOneSegmentInTheirOrder(ClientFraming framing) throws IOException {
        int count = 500; // more than the window, so that the gateway has to stop reading meanwhile
        ByteArrayOutputStream segment = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            segment.writeBytes(framing.frame(message(framing, i)));
        }
        try (ForeignClient client = open(framing)) {
            client.sendRaw(segment.toByteArray());
            for (int i = 0; i < count; i++) {
                assertThat(client.receive()).isEqualTo(message(framing, i));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void takesAMessageAtTheLimitAndEndsAtOneOver(ClientFraming framing) throws IOException {
        byte[] atLimit = "x".repeat(Suite.MAX_MESSAGE_BYTES).getBytes(US_ASCII);
        byte[] over = "x".repeat(Suite.MAX_MESSAGE_BYTES + 1).getBytes(US_ASCII);
        double before = gateway.closed(framing.listener(), "MESSAGE_TOO_LONG");
        try (ForeignClient client = open(framing)) {
            assertThat(client.call(atLimit)).isEqualTo(atLimit);
            client.send(over);
            client.awaitEnd();
        }
        await().untilAsserted(() -> assertThat(gateway.closed(framing.listener(), "MESSAGE_TOO_LONG"))
                .isEqualTo(before + 1));
    }

    @ParameterizedTest
    @EnumSource
    void answersAClientThatEndsItsInputAfterTheRequest(ClientFraming framing) throws IOException {
        byte[] message = message(framing, 1);
        try (ForeignClient client = open(framing)) {
            client.send(message);
            client.endInput();
            assertThat(client.receive()).isEqualTo(message);
            assertThat(client.receiveOrEnd()).isNull();
        }
    }

    @Test
    void halfAMessageEndsAfterItsTimeWhileOthersOfTheListenerGoOn() throws IOException {
        List<ForeignClient> halves = new ArrayList<>();
        List<ForeignClient> others = new ArrayList<>();
        Map<ClientFraming, Double> before = new EnumMap<>(ClientFraming.class);
        for (ClientFraming framing : ClientFraming.values()) {
            before.put(framing, midMessageTimeouts(framing));
        }
        try {
            for (ClientFraming framing : ClientFraming.values()) {
                byte[] frame = framing.frame(message(framing, 1));
                ForeignClient half = open(framing);
                halves.add(half);
                half.sendRaw(Arrays.copyOf(frame, frame.length / 2));
                others.add(open(framing));
            }
            int[] number = {0};
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                number[0]++;
                boolean allEnded = true;
                for (ClientFraming framing : ClientFraming.values()) {
                    byte[] message = message(framing, number[0]);
                    assertThat(others.get(framing.ordinal()).call(message)).isEqualTo(message);
                    allEnded &= midMessageTimeouts(framing) == before.get(framing) + 1;
                }
                return allEnded;
            });
            for (ForeignClient half : halves) {
                assertThat(half.receiveOrEnd()).isNull();
            }
        } finally {
            for (ForeignClient client : halves) {
                client.close();
            }
            for (ForeignClient client : others) {
                client.close();
            }
        }
    }

    private double midMessageTimeouts(ClientFraming framing) {
        return gateway.closed(framing.listener(), "MID_MESSAGE_TIMEOUT");
    }

    @ParameterizedTest
    @EnumSource
    void randomBytesEndOnlyTheirOwnConnection(ClientFraming framing) throws IOException {
        Random random = new Random(8583);
        try (ForeignClient other = open(framing)) {
            for (int i = 0; i < 20; i++) {
                byte[] noise = i % 2 == 0 ? noise(random) : damagedFrames(framing, random);
                try (ForeignClient client = open(framing)) {
                    sendAsMuchAsIsTaken(client, noise);
                    client.awaitEnd();
                }
                byte[] message = message(framing, i);
                assertThat(other.call(message)).isEqualTo(message);
            }
        }
        assertThat(gateway.closed(framing.listener(), "INTERNAL_ERROR")).isZero();
    }

    private static byte[] noise(Random random) {
        byte[] noise = new byte[1 + random.nextInt(3_000)];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] damagedFrames(ClientFraming framing, Random random) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int i = 0; i < 10; i++) {
            byte[] frame = framing.frame(message(framing, i));
            frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            frames.writeBytes(frame);
        }
        return frames.toByteArray();
    }

    private static void sendAsMuchAsIsTaken(ForeignClient client, byte[] bytes) {
        try {
            client.sendRaw(bytes);
            client.endInput();
        } catch (IOException e) {
            // The gateway has seen enough and closed.
        }
    }

    private ForeignClient open(ClientFraming framing) throws IOException {
        return new ForeignClient(gateway.port(framing.listener()), framing);
    }

    private static byte[] message(ClientFraming framing, int number) {
        return (framing + " message " + number).getBytes(US_ASCII);
    }
}
