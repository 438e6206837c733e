package io.fairlead.gateway.journal;

import static io.fairlead.gateway.journal.Sends.ALL_LANES;
import static io.fairlead.gateway.journal.Sends.ORDERS;
import static io.fairlead.gateway.journal.Sends.accept;
import static io.fairlead.gateway.journal.Sends.end;
import static io.fairlead.gateway.journal.Sends.message;
import static io.fairlead.gateway.journal.Sends.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fairlead.gateway.journal.StoreException.Kind;
import io.fairlead.test.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Several gateways, weak servers, and a server that is killed.
class PostgresFaultTests {
    private static final long LONG_LEASE = 60_000;

    private static PostgresServer server;

    private static int schemas;

    private String url;

    @BeforeAll
    static void startServer() {
        Assumptions.assumeTrue(PostgresServer.isInstalled(), "PostgreSQL is not installed");
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void makeSchema() throws SQLException {
        String schema = "fault_" + ++schemas;
        execute("create schema " + schema);
        url = server.jdbcUrl() + "?currentSchema=" + schema;
    }

    @Test
    void sharesTheLanesEvenlyAndTakesThoseOfAGatewayThatHasLeft() {
        try (MessageStore a = open(LONG_LEASE);
                MessageStore b = open(LONG_LEASE);
                MessageStore c = open(LONG_LEASE)) {
            Map<Integer, Long> alone = a.claimLanes("a");
            assertThat(alone.keySet()).isEqualTo(ALL_LANES);
            assertThat(a.claimLanes("a")).isEqualTo(alone);
            assertThat(b.claimLanes("b")).isEmpty();
            Map<Integer, Long> half = a.claimLanes("a");
            assertThat(half).hasSize(32);
            assertThat(alone.entrySet()).containsAll(half.entrySet());
            Map<Integer, Long> others = b.claimLanes("b");
            assertThat(others).hasSize(32).doesNotContainKeys(half.keySet().toArray(new Integer[0]));
            assertThat(others).allSatisfy((lane, token) -> assertThat(token).isGreaterThan(alone.get(lane)));
            assertThat(b.claimLanes("b")).isEqualTo(others);

            c.claimLanes("c");
            Set<Integer> all = new HashSet<>(a.claimLanes("a").keySet());
            all.addAll(b.claimLanes("b").keySet());
            Map<Integer, Long> third = c.claimLanes("c");
            assertThat(third).hasSize(20);
            all.addAll(third.keySet());
            assertThat(all).isEqualTo(ALL_LANES);

            c.releaseLanes("c");
            a.releaseLanes("a");
            assertThat(b.claimLanes("b").keySet()).isEqualTo(ALL_LANES);
        }
    }

    @Test
    void takesLanesOverWhenTheLeaseIsOverWithHigherTokens() {
        try (MessageStore dead = open(500);
                MessageStore alive = open(500)) {
            Map<Integer, Long> before = dead.claimLanes("dead");
            assertThat(before).hasSize(64);
            await().untilAsserted(
                            () -> assertThat(alive.claimLanes("alive").keySet()).isEqualTo(ALL_LANES));
            Map<Integer, Long> after = alive.claimLanes("alive");
            assertThat(after).allSatisfy((lane, token) -> assertThat(token).isGreaterThan(before.get(lane)));
        }
    }

    @Test
    void raisesTheTokensWhenAGatewayComesBackUnderItsName() {
        Map<Integer, Long> before;
        try (MessageStore killed = open(LONG_LEASE)) {
            before = killed.claimLanes("a");
        }
        try (MessageStore back = open(LONG_LEASE)) {
            Map<Integer, Long> after = back.claimLanes("a");
            assertThat(after.keySet()).isEqualTo(ALL_LANES);
            assertThat(after).allSatisfy((lane, token) -> assertThat(token).isGreaterThan(before.get(lane)));
        }
    }

    @Test
    void saysThatThereIsNoRoomAndWorksAgainWhenThereIs() throws Exception {
        Path disk = Files.createTempDirectory("fairlead-disk");
        Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("rwxr-xr-x"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", disk.toString()) == 0,
                "a small file system can only be mounted by root");
        try {
            Path space = disk.resolve("space");
            assertThat(run("install", "-d", "-m", "700", "-o", "postgres", space.toString()))
                    .isZero();
            execute("create tablespace small location '" + space + "'");
            url += "&options=-c%20default_tablespace=small";
            try (MessageStore store = open(LONG_LEASE)) {
                Path filler = disk.resolve("filler");
                Files.write(filler, new byte[4 << 20]);
                List<Message> kept = new ArrayList<>();
                StoreException refusal = catchThrowableOfType(StoreException.class, () -> {
                    while (true) {
                        Message[] batch = messages(200);
                        store.write(accept(batch));
                        kept.addAll(List.of(batch));
                    }
                });
                assertThat(refusal.kind()).isEqualTo(Kind.FULL);
                assertThat(refusal).hasMessageContaining("make room");
                assertThat(store.books())
                        .containsExactly(new Books(ORDERS, kept.size(), 0, 0, 0, 0, 0, 0, kept.size()));

                Files.delete(filler);
                store.write(accept(message("after")));
                assertThat(store.books())
                        .containsExactly(new Books(ORDERS, kept.size() + 1, 0, 0, 0, 0, 0, 0, kept.size() + 1));
            }
            execute("drop schema " + url.replaceFirst(".*currentSchema=", "").replaceFirst("&.*", "") + " cascade");
            execute("drop tablespace small");
        } finally {
            run("umount", disk.toString());
            Files.delete(disk);
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void neverLetsTwoGatewaysHaveALane() throws Exception {
        List<CompletableFuture<Void>> gateways = new ArrayList<>();
        Map<String, Long> tokens = Collections.synchronizedMap(new HashMap<>());
        for (String name : List.of("a", "b", "c", "d")) {
            gateways.add(CompletableFuture.runAsync(() -> {
                try (MessageStore store = open(LONG_LEASE)) {
                    for (int i = 0; i < 20; i++) {
                        store.claimLanes(name).forEach((lane, token) -> {
                            String fence = lane + ":" + token;
                            Long owner = tokens.putIfAbsent(fence, (long) name.charAt(0));
                            assertThat(owner == null || owner == name.charAt(0)).isTrue();
                        });
                    }
                    store.releaseLanes(name);
                }
            }));
        }
        CompletableFuture.allOf(gateways.toArray(new CompletableFuture<?>[0])).get();
    }

    @Test
    void givesHigherIdsToWhatAnotherGatewayWritesLater() {
        try (MessageStore a = open(LONG_LEASE);
                MessageStore b = open(LONG_LEASE)) {
            long last = 0;
            for (int i = 0; i < 10; i++) {
                Message[] batch = messages(20);
                (i % 2 == 0 ? a : b).write(accept(batch));
                assertThat(batch[0].id()).isGreaterThan(last);
                last = batch[19].id();
            }
            assertThat(a.books()).isEqualTo(b.books()).containsExactly(new Books(ORDERS, 200, 0, 0, 0, 0, 0, 0, 200));
        }
    }

    @Test
    void endsAMessageOnceThoughTwoGatewaysDo() throws Exception {
        try (MessageStore a = open(LONG_LEASE);
                MessageStore b = open(LONG_LEASE)) {
            Message[] batch = messages(50);
            a.write(accept(batch));
            List<CompletableFuture<Void>> both = new ArrayList<>();
            for (MessageStore store : List.of(a, b)) {
                both.add(CompletableFuture.runAsync(() -> {
                    for (Message message : batch) {
                        store.write(end(
                                end(message, MessageState.READY, store == a ? MessageState.DONE : MessageState.DEAD)));
                    }
                }));
            }
            CompletableFuture.allOf(both.toArray(new CompletableFuture<?>[0])).get();
            Books books = a.books().getFirst();
            assertThat(books.done() + books.dead()).isEqualTo(50);
            assertThat(books.missing()).isZero();
        }
    }

    @Test
    void refusesAServerThatDoesNotWaitForItsDisk() throws SQLException {
        for (String weak : List.of("off", "local", "remote_write")) {
            String given = url;
            url = given + "&options=-c%20synchronous_commit=" + weak;
            StoreException refusal = catchThrowableOfType(StoreException.class, () -> open(LONG_LEASE));
            assertThat(refusal)
                    .hasMessageContaining("synchronous_commit: " + weak + " (expected: on or remote_apply)")
                    .hasMessageContaining("alter role postgres set synchronous_commit = on");
            url = given;
        }
        try (PostgresServer unsafe = PostgresServer.start("fsync=off")) {
            url = unsafe.jdbcUrl();
            assertThat(catchThrowableOfType(StoreException.class, () -> open(LONG_LEASE)))
                    .hasMessageContaining("fsync: off (expected: on)");
        }
    }

    @Test
    void saysThatNobodyIsThereWithoutItsCredentials() {
        url = "jdbc:postgresql://127.0.0.1:1/postgres?password=geheim";
        StoreException refusal = catchThrowableOfType(StoreException.class, () -> open(LONG_LEASE));
        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal)
                .hasMessageContaining("127.0.0.1:1/postgres")
                .hasMessageContaining("fairlead.gateway.journal.url")
                .hasMessageNotContaining("geheim");
    }

    @Test
    void setsAsideADamagedRow() throws SQLException {
        Message[] batch = messages(5);
        try (MessageStore store = open(LONG_LEASE)) {
            store.write(accept(batch));
            execute("update fault_" + schemas
                    + ".fairlead_message set payload = set_bit(payload, 9, 1 - get_bit(payload, 9))" + " where id = "
                    + batch[2].id());
            execute("update fault_" + schemas + ".fairlead_message set binding_id = 999 where id = " + batch[3].id());
            MessageStore.Loaded loaded = store.ready(ALL_LANES, id -> false, 10, 1 << 20);
            assertThat(loaded.messages())
                    .extracting(Message::id)
                    .containsExactly(batch[0].id(), batch[1].id(), batch[4].id());
            assertThat(loaded.damaged()).extracting(Changes.End::id).containsExactly(batch[2].id(), batch[3].id());
        }
    }

    @Test
    void hasAllThatWasAcknowledgedWhenItsServerWasKilled() throws Exception {
        try (MessageStore store = open(LONG_LEASE)) {
            List<Message> acknowledged = Collections.synchronizedList(new ArrayList<>());
            CompletableFuture<StoreException> writing = CompletableFuture.supplyAsync(() -> {
                while (true) {
                    Message[] batch = messages(10);
                    try {
                        store.write(accept(batch));
                    } catch (StoreException e) {
                        return e;
                    }
                    acknowledged.addAll(List.of(batch));
                }
            });
            await().until(() -> acknowledged.size() >= 500);
            server.kill();
            try {
                assertThat(writing.get().kind()).isIn(Kind.UNCERTAIN, Kind.UNAVAILABLE);
                StoreException gone =
                        catchThrowableOfType(StoreException.class, () -> store.write(accept(message("nobody there"))));
                assertThat(gone.kind()).isEqualTo(Kind.UNAVAILABLE);
            } finally {
                server.restart();
            }
            Message after = message("after");
            await().ignoreExceptionsInstanceOf(StoreException.class).until(() -> {
                store.write(accept(after));
                return true;
            });
            store.write(end(end(after, MessageState.READY, MessageState.DONE)));
            for (Message message : acknowledged) {
                assertThat(store.find(message.id()).orElseThrow().intact()).isTrue();
            }
            Books books = store.books().getFirst();
            assertThat(books.missing()).isZero();
            assertThat(books.done()).isEqualTo(1);
            assertThat(books.accepted()).isBetween(acknowledged.size() + 1L, acknowledged.size() + 11L);
        }
    }

    private MessageStore open(long leaseMillis) {
        return PostgresStore.open(
                new JournalProperties(url, server.user(), null, 4, Duration.ofHours(1), 100_000), leaseMillis);
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl(), server.user(), null);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
