package io.fairlead.gateway.journal;

import static io.fairlead.gateway.journal.Sends.ALL_LANES;
import static io.fairlead.gateway.journal.Sends.NOW;
import static io.fairlead.gateway.journal.Sends.ORDERS;
import static io.fairlead.gateway.journal.Sends.accept;
import static io.fairlead.gateway.journal.Sends.end;
import static io.fairlead.gateway.journal.Sends.message;
import static io.fairlead.gateway.journal.Sends.messages;
import static io.fairlead.gateway.journal.Sends.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fairlead.gateway.journal.StoreException.Kind;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Killed processes, full disks and damaged files.
class SqliteFaultTests {
    @TempDir
    Path directory;

    @Test
    void isUsedByOneStoreAtATime() {
        try (MessageStore store = open()) {
            StoreException refusal = refusal();
            assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(refusal)
                    .hasMessageContaining(
                            "in use by process " + ProcessHandle.current().pid())
                    .hasMessageContaining("fairlead.gateway.journal.url");
            store.write(accept(message("still works")));
        }
        open().close();
    }

    @Test
    void hasAllThatWasAcknowledgedBeforeItsProcessWasKilled() throws Exception {
        Map<Long, String> acknowledged = new HashMap<>();
        for (int round = 0; round < 3; round++) {
            Process process = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElse("java"),
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            NumberedWriter.class.getName(),
                            url())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                int wanted = 100 + 150 * round;
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    int equals = line.indexOf('=');
                    if (equals > 0 && line.matches("\\d+=number \\d+")) {
                        acknowledged.put(Long.valueOf(line.substring(0, equals)), line.substring(equals + 1));
                    }
                    if (wanted-- == 0) {
                        assertThat(refusal()).hasMessageContaining("in use by process " + process.pid());
                        process.toHandle().destroyForcibly(); // leaves what it has said to be read
                    }
                }
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            try (MessageStore store = open()) {
                // The last line may have been cut off; no line is there without its message.
                acknowledged.forEach((id, text) ->
                        assertThat(text(store.find(id).orElseThrow().message())).startsWith(text));
                assertThat(store.books()).allMatch(books -> books.missing() == 0);
                Message next = message("next");
                store.write(accept(next));
                assertThat(acknowledged).doesNotContainKey(next.id());
            }
        }
        assertThat(acknowledged).hasSizeGreaterThan(700);
    }

    @Test
    void setsAsideAMessageOfWhichABitHasFlipped() throws Exception {
        Message[] sent = messages(20);
        Message other = new Message(
                ORDERS,
                3,
                null,
                null,
                Priority.NORMAL,
                NOW,
                0,
                0,
                0,
                Metadata.of(Map.of(Metadata.IDENTITY, "till of the damaged")).toBytes(),
                "metadata".getBytes(UTF_8));
        try (MessageStore store = open()) {
            store.write(accept(sent));
            store.write(accept(other));
        }
        flip("payload 7", 3);
        flip("till of the damaged", 11);
        try (MessageStore store = open()) {
            MessageStore.Loaded loaded = store.ready(ALL_LANES, id -> false, 100, 1 << 20);
            assertThat(loaded.damaged())
                    .extracting(Changes.End::id, Changes.End::to)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(sent[7].id(), MessageState.DAMAGED),
                            org.assertj.core.groups.Tuple.tuple(other.id(), MessageState.DAMAGED));
            assertThat(loaded.messages()).hasSize(19).extracting(Sends::text).doesNotContain("payload 7");
            assertThat(store.find(sent[7].id()).orElseThrow().intact()).isFalse();
            store.write(new Changes(List.of(), loaded.damaged(), List.of()));
            assertThat(store.books()).containsExactly(new Books(ORDERS, 21, 0, 0, 0, 0, 0, 2, 19));
            assertThat(store.ready(ALL_LANES, id -> false, 100, 1 << 20).damaged())
                    .isEmpty();
        }
    }

    @Test
    void refusesADatabaseWithADamagedPageAndChangesNothing() throws Exception {
        try (MessageStore store = open()) {
            for (int i = 0; i < 20; i++) {
                store.write(accept(messages(50)));
            }
        }
        byte[] bytes = Files.readAllBytes(file());
        for (int page = 4096; page < bytes.length; page += 4096) {
            Arrays.fill(bytes, page, page + 12, (byte) 0xa5);
        }
        Files.write(file(), bytes);
        StoreException refusal = refusal();
        assertThat(refusal.kind()).isEqualTo(Kind.DAMAGED);
        assertThat(refusal).hasMessageContaining("restore the backup").hasMessageContaining(".recover");
        assertThat(Files.readAllBytes(file())).isEqualTo(bytes);
    }

    @Test
    void refusesALogOfWhichABitHasFlippedRatherThanForgetWhatFollows() throws Exception {
        Path log = Path.of(file() + "-wal");
        byte[] written;
        try (MessageStore store = open()) {
            for (Message message : messages(20)) {
                store.write(accept(message));
                store.books(); // from the tables
            }
            written = Files.readAllBytes(log); // as a kill leaves it
            Files.copy(file(), Path.of(file() + ".copy"));
        }
        Files.move(Path.of(file() + ".copy"), file(), StandardCopyOption.REPLACE_EXISTING);
        for (int at : new int[] {5, 20, 32 + 5 * 4120 + 3, 32 + 5 * 4120 + 17, 32 + 5 * 4120 + 2000}) {
            byte[] damaged = written.clone();
            damaged[at] ^= 16;
            Files.write(log, damaged);
            assertThat(refusal().kind()).as("byte " + at).isEqualTo(Kind.DAMAGED);
        }
        // What a power cut leaves: the last transaction in part
        byte[] torn = written.clone();
        Arrays.fill(torn, torn.length - 4000, torn.length, (byte) 0);
        Files.write(log, torn);
        try (MessageStore store = open()) {
            assertThat(store.ready(ALL_LANES, id -> false, 100, 1 << 20).messages())
                    .hasSizeBetween(18, 20);
        }
    }

    @Test
    void refusesALogInWhichARecordIsMissingRatherThanForgetWhatFollows() throws Exception {
        Path log = MessageLog.of(file());
        Path copies = Files.createDirectories(directory.resolve("copies"));
        Message[] sent = messages(8);
        try (MessageStore store = open()) {
            for (Message message : sent) {
                store.write(accept(message));
                store.sync();
            }
            copyTo(copies); // as a kill leaves it, before the tables have it
        }
        byte[] written = Files.readAllBytes(copies.resolve("journal.db-log"));
        for (String text : List.of("payload 0", "payload 3")) {
            byte[] damaged = written.clone();
            damaged[indexOf(damaged, text)] ^= 1;
            restore(copies);
            Files.write(log, damaged);
            assertThat(refusal())
                    .as(text)
                    .hasMessageContaining("cannot be read")
                    .hasMessageContaining("restore all its files");
            assertThat(Files.readAllBytes(log)).isEqualTo(damaged);
        }
        restore(copies);
        Files.delete(log);
        assertThat(refusal()).hasMessageContaining("it has gone");

        // What a power cut leaves: the last record in part, and even the two before it
        for (int whole : new int[] {7, 6, 5}) {
            byte[] torn = written.clone();
            torn[indexOf(torn, "payload " + whole)] ^= 1;
            restore(copies);
            Files.write(log, torn);
            try (MessageStore store = open()) {
                assertThat(store.ready(ALL_LANES, id -> false, 100, 1 << 20).messages())
                        .extracting(Sends::text)
                        .containsExactlyElementsOf(List.of(sent).subList(0, whole).stream()
                                .map(Sends::text)
                                .toList());
                Message next = message("next");
                store.write(accept(next));
                assertThat(store.find(next.id()).orElseThrow().intact()).isTrue();
            }
        }
        restore(copies);
        try (MessageStore store = open()) {
            assertThat(store.books()).containsExactly(new Books(ORDERS, 8, 0, 0, 0, 0, 0, 0, 8));
        }
    }

    @Test
    void keepsAMessageThatIsLargerThanItsLogInItsPlace() {
        Message large = message("x".repeat(40 << 20));
        Message after = message("after");
        try (MessageStore store = open()) {
            store.write(accept(message("before")));
            store.write(accept(large));
            store.write(accept(after));
            store.sync();
            assertThat(large.id()).isLessThan(after.id());
        }
        try (MessageStore store = open()) {
            assertThat(store.find(large.id()).orElseThrow().intact()).isTrue();
            assertThat(store.ready(ALL_LANES, id -> false, 100, 1L << 30).messages())
                    .extracting(read -> read.payload().length)
                    .containsExactly(6, 40 << 20, 5);
            assertThat(store.books()).containsExactly(new Books(ORDERS, 3, 0, 0, 0, 0, 0, 0, 3));
        }
    }

    private void copyTo(Path copies) throws IOException {
        for (String suffix : List.of("", "-wal", "-log")) {
            Files.copy(
                    Path.of(file() + suffix),
                    copies.resolve("journal.db" + suffix),
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private void restore(Path copies) throws IOException {
        for (String suffix : List.of("", "-wal", "-log")) {
            Files.copy(
                    copies.resolve("journal.db" + suffix),
                    Path.of(file() + suffix),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        Files.deleteIfExists(Path.of(file() + "-shm"));
    }

    private static int indexOf(byte[] bytes, String text) {
        int index = new String(bytes, ISO_8859_1).indexOf(text);
        assertThat(index).isPositive();
        return index;
    }

    @Test
    void refusesWhatIsNotItsOwnOrHasBeenEmptied() throws Exception {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "these are not the pages you are looking for".repeat(200));
        assertThat(refusal().kind()).isEqualTo(Kind.DAMAGED);

        Files.write(file(), new byte[0]);
        assertThat(refusal().kind()).isEqualTo(Kind.DAMAGED);
        assertThat(Files.size(file())).isZero();

        Files.delete(file());
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            statement.execute("create table somebody_elses (id integer)");
        }
        assertThat(refusal()).hasMessageContaining("not a journal of Fairlead");

        Files.delete(file());
        Files.writeString(Path.of(file() + "-wal"), "a log without its database");
        assertThat(refusal().kind()).isEqualTo(Kind.DAMAGED);
    }

    @Test
    void saysThatThereIsNoRoomAndWorksAgainWhenThereIs() throws Exception {
        Path disk = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString()) == 0,
                "a small file system can only be mounted by root");
        try {
            Path filler = disk.resolve("filler");
            try (MessageStore store = MessageStores.open(properties(disk.resolve("journal.db")))) {
                List<Message> kept = new ArrayList<>();
                store.write(accept(message("first")));
                Files.write(filler, new byte[2 << 20]);
                StoreException refusal = catchThrowableOfType(StoreException.class, () -> {
                    while (true) {
                        Message[] batch = messages(100);
                        store.write(accept(batch));
                        kept.addAll(List.of(batch));
                    }
                });
                assertThat(refusal.kind()).isEqualTo(Kind.FULL);
                assertThatExceptionOfType(StoreException.class).isThrownBy(() -> store.write(accept(messages(500))));
                Files.delete(filler);
                store.probe();
                assertThat(store.books())
                        .containsExactly(new Books(ORDERS, kept.size() + 1, 0, 0, 0, 0, 0, 0, kept.size() + 1));
                Message after = message("after");
                store.write(accept(after));
                store.write(end(end(after, MessageState.READY, MessageState.DONE)));
                for (Message message : kept) {
                    assertThat(store.find(message.id()).orElseThrow().intact()).isTrue();
                }
                assertThat(store.books()).allMatch(books -> books.missing() == 0);
            }
            MessageStores.open(properties(disk.resolve("journal.db"))).close();
        } finally {
            run("umount", disk.toString());
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor();
    }

    private void flip(String text, int index) throws IOException {
        byte[] bytes = Files.readAllBytes(file());
        byte[] wanted = text.getBytes(UTF_8);
        int found = 0;
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                bytes[i + index] ^= 4;
                found++;
            }
        }
        assertThat(found).isEqualTo(1);
        Files.write(file(), bytes);
    }

    private StoreException refusal() {
        return catchThrowableOfType(StoreException.class, () -> open().close());
    }

    private Path file() {
        return directory.resolve("made/journal.db");
    }

    private String url() {
        return "jdbc:sqlite:" + file();
    }

    private MessageStore open() {
        return MessageStores.open(properties(file()));
    }

    private static JournalProperties properties(Path file) {
        return new JournalProperties("jdbc:sqlite:" + file, null, null, 6, Duration.ofHours(1), 100_000);
    }
}
