package io.fairlead.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fairlead.gateway.journal.MessageLog.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageLogTests {
    private static final String ID = "0123456789abcdef";
    private static final long MAX_BYTES = 3 << 20;
    private static final long WRITER = 0x5eed_0000_0000_0001L;

    @TempDir
    Path directory;

    /// A record that is in the log alone, and its content.
    private record Kept(Position position, byte[] body) {}

    /// Appends and releases at random, and reads the log at each step as if the process had been killed
    /// there.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void hasAtAnyTimeWhatHasNotBeenReleased(int seed) throws Exception {
        Random random = new Random(seed);
        int largest = seed % 2 == 0 ? 900_000 : 600_000;
        ArrayDeque<Kept> kept = new ArrayDeque<>();
        Position released = Position.NONE;
        try (MessageLog log = MessageLog.create(path(), ID, WRITER, MAX_BYTES)) {
            for (int step = 0; step < 200; step++) {
                if (random.nextBoolean()) {
                    byte[] body = new byte[random.nextInt(largest)];
                    random.nextBytes(body);
                    Position position = log.append(record(body));
                    if (position == null) {
                        assertThat(kept).isNotEmpty();
                    } else {
                        kept.add(new Kept(position, body));
                    }
                } else if (!kept.isEmpty()) {
                    // All of them in half of the cases: an empty log begins again.
                    int left = random.nextBoolean() ? 0 : random.nextInt(kept.size());
                    while (kept.size() > left) {
                        released = kept.remove().position();
                    }
                    log.release(released);
                }
                assertThat(read(released))
                        .containsExactlyElementsOf(kept.stream().map(Kept::body).toList());
            }
        }
        assertThat(Files.size(path())).isLessThanOrEqualTo(MAX_BYTES);
    }

    @Test
    void takesNothingOfAnotherWriterForItsOwn() throws Exception {
        try (MessageLog log = MessageLog.create(path(), ID, WRITER, MAX_BYTES)) {
            log.append(record(new byte[100]));
            log.append(record(new byte[100]));
            log.append(record(new byte[100]));
        }
        List<byte[]> found = new ArrayList<>();
        // As after a power cut that took the first two, which nobody had synced
        MessageLog.open(path(), ID, Position.NONE, WRITER + 1, WRITER + 2, MAX_BYTES, body -> found.add(bytes(body)))
                .close();
        assertThat(found).isEmpty();
    }

    @Test
    void refusesTheLogOfAnotherStore() throws Exception {
        MessageLog.create(path(), ID, WRITER, MAX_BYTES).close();
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> MessageLog.open(
                        path(), "fedcba9876543210", Position.NONE, WRITER, WRITER + 1, MAX_BYTES, body -> {}))
                .withMessageContaining("not the log of journal fedcba9876543210");
    }

    private List<byte[]> read(Position released) throws IOException {
        List<byte[]> bodies = new ArrayList<>();
        MessageLog.open(path(), ID, released, WRITER, WRITER + 1, MAX_BYTES, body -> bodies.add(bytes(body)))
                .close();
        return bodies;
    }

    private static ByteBuffer record(byte[] body) {
        ByteBuffer record = ByteBuffer.allocate(MessageLog.HEADER_BYTES + body.length);
        record.position(MessageLog.HEADER_BYTES);
        return record.put(body).rewind();
    }

    private static byte[] bytes(ByteBuffer body) {
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return bytes;
    }

    private Path path() {
        return directory.resolve("journal.db-log");
    }
}
