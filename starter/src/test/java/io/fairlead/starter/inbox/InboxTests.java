package io.fairlead.starter.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.ProcessName;
import io.fairlead.starter.inbox.InboxCounters.Result;
import io.fairlead.starter.inbox.InboxProperties.Receive;
import io.fairlead.starter.inbox.InboxProperties.SchemaMode;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;

class InboxTests {
    private static final Route PAY = Route.parse("bank/pay");
    private static final AtomicInteger KEYS = new AtomicInteger();

    @TempDir
    Path directory;

    private final List<App> apps = new CopyOnWriteArrayList<>();
    private final AtomicLong millis = new AtomicLong(System.currentTimeMillis());
    private final InstantSource clock = () -> Instant.ofEpochMilli(millis.get());

    /// An application with a pool and an inbox of its own.
    private record App(HikariDataSource pool, Inbox inbox, JdbcTemplate jdbc) {
        StoredReply effect(String key) {
            jdbc.update("insert into effect (name) values (?)", key);
            return reply("paid " + key);
        }

        int effects(String key) {
            return jdbc.queryForObject("select count(*) from effect where name = ?", Integer.class, key);
        }
    }

    private App app(Engine engine) {
        return app(engine, 4, "app", properties());
    }

    private App app(Engine engine, int connections, String name, InboxProperties properties) {
        HikariDataSource pool = InboxDatabase.open(InboxDatabase.url(engine, directory), connections);
        Inbox inbox = new Inbox(
                pool,
                new JdbcTransactionManager(pool),
                properties,
                FingerprintKind.PAYLOAD,
                new ProcessName(name),
                clock);
        inbox.open();
        JdbcTemplate jdbc = new JdbcTemplate(pool);
        jdbc.execute("create table if not exists effect (name varchar(100))");
        App app = new App(pool, inbox, jdbc);
        apps.add(app);
        return app;
    }

    private static InboxProperties properties() {
        return new InboxProperties(
                null, Duration.ofDays(7), Duration.ofHours(1), SchemaMode.ALWAYS, false, Map.of(), new Receive(0, 64));
    }

    @AfterEach
    void close() {
        apps.forEach(app -> {
            app.inbox().close();
            app.pool().close();
        });
    }

    private static StoredReply reply(String text) {
        return new StoredReply(Metadata.of(Map.of("x-served", "1")), text.getBytes(UTF_8));
    }

    private static String newKey() {
        return "key-" + KEYS.incrementAndGet();
    }

    private static KeyedRequest request(App app, String key) {
        return request(app, key, "10 EUR", Duration.ofSeconds(20));
    }

    private static KeyedRequest request(App app, String key, String payload, Duration timeLeft) {
        return app.inbox()
                .request(
                        PAY,
                        Metadata.of(Map.of("idempotency-key", key, "identity", "pos")),
                        payload.getBytes(UTF_8),
                        false,
                        timeLeft,
                        0);
    }

    private static StoredReply pay(App app, String key) throws Exception {
        return call(app, request(app, key), () -> app.effect(key));
    }

    private static StoredReply call(App app, KeyedRequest request, Handler handler) throws Exception {
        try {
            return app.inbox().call(request, handler);
        } catch (Exception e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE", "HSQLDB"})
    void aRepeatGetsTheStoredReplyAndNoSecondEffect(Engine engine) throws Exception {
        App app = app(engine);
        String key = newKey();

        StoredReply first = pay(app, key);
        StoredReply second = call(app, request(app, key), () -> {
            throw new AssertionError("the handler ran twice");
        });

        assertThat(second.payload()).isEqualTo(first.payload()).isEqualTo(("paid " + key).getBytes(UTF_8));
        assertThat(second.metadata()).isEqualTo(first.metadata());
        assertThat(app.effects(key)).isEqualTo(1);
        assertThat(app.inbox().counters().count(Result.NEW)).isEqualTo(1);
        assertThat(app.inbox().counters().count(Result.DUPLICATE)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void emptyRepliesAreKeptToo(Engine engine) throws Exception {
        App app = app(engine);
        String key = newKey();
        StoredReply empty = new StoredReply(Metadata.EMPTY, new byte[0]);
        call(app, request(app, key), () -> empty);

        StoredReply again = call(app, request(app, key), () -> reply("not this"));

        assertThat(again.payload()).isEmpty();
        assertThat(again.metadata()).isEqualTo(Metadata.EMPTY);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void manyThreadsOfTwoApplicationsHaveOneEffectForEachKey(Engine engine) throws Exception {
        List<App> two = List.of(app(engine, 3, "a", properties()), app(engine, 3, "b", properties()));
        CyclicBarrier together = new CyclicBarrier(8);
        List<String> keys = List.of(newKey(), newKey(), newKey(), newKey(), newKey());

        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Boolean>> done = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                App app = two.get(t % 2);
                done.add(threads.submit(() -> {
                    for (String key : keys) {
                        together.await();
                        for (int i = 0; i < 3; i++) {
                            assertThat(pay(app, key).payload()).isEqualTo(("paid " + key).getBytes(UTF_8));
                        }
                    }
                    return true;
                }));
            }
            for (Future<Boolean> one : done) {
                assertThat(one.get(60, TimeUnit.SECONDS)).isTrue();
            }
        }

        assertThat(keys)
                .allSatisfy(key -> assertThat(two.getFirst().effects(key)).isEqualTo(1));
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void anotherPayloadOrMethodUnderAKeyIsRefused(Engine engine) throws Exception {
        App app = app(engine);
        String key = newKey();
        pay(app, key);

        assertThatThrownBy(() -> call(app, request(app, key, "11 EUR", Duration.ofSeconds(5)), () -> app.effect(key)))
                .isInstanceOfSatisfying(
                        FairleadException.class, e -> assertThat(e.status()).isEqualTo(Status.FAILED_PRECONDITION))
                .hasMessageContaining("another payload");
        KeyedRequest other = app.inbox()
                .request(
                        Route.parse("bank/refund"),
                        Metadata.of(Map.of("idempotency-key", key, "identity", "pos")),
                        "10 EUR".getBytes(UTF_8),
                        false,
                        null,
                        0);
        assertThatThrownBy(() -> call(app, other, () -> app.effect(key))).hasMessageContaining("for method pay");
        assertThat(app.effects(key)).isEqualTo(1);
        assertThat(app.inbox().counters().count(Result.MISMATCH)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void whatWasRolledBackRunsAgain(Engine engine) throws Exception {
        App app = app(engine);
        String key = newKey();

        assertThatThrownBy(() -> call(app, request(app, key), () -> {
                    app.effect(key);
                    throw new FairleadException(Status.INTERNAL, "no luck");
                }))
                .hasMessage("no luck");
        assertThat(app.effects(key)).isZero();
        pay(app, key);

        assertThat(app.effects(key)).isEqualTo(1);
        assertThat(app.inbox().counters().count(Result.ROLLED_BACK)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void whoWaitsForAKeyHoldsNoConnection(Engine engine) throws Exception {
        App app = app(engine, 2, "app", properties());
        String key = newKey();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);

        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<StoredReply> first = threads.submit(() -> call(app, request(app, key), () -> {
                StoredReply reply = app.effect(key);
                inside.countDown();
                go.await();
                return reply;
            }));
            assertThat(inside.await(20, TimeUnit.SECONDS)).isTrue();
            List<Future<StoredReply>> waiting = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                waiting.add(threads.submit(() -> pay(app, key)));
            }
            assertThatThrownBy(
                            () -> call(app, request(app, key, "10 EUR", Duration.ofMillis(50)), () -> app.effect(key)))
                    .isInstanceOfSatisfying(
                            FairleadException.class, e -> assertThat(e.status()).isEqualTo(Status.DEADLINE_EXCEEDED))
                    .hasMessageContaining("still in progress");
            assertThat(app.jdbc().queryForObject("select 1", Integer.class)).isEqualTo(1);
            assertThat(app.pool().getHikariPoolMXBean().getActiveConnections()).isEqualTo(1);
            go.countDown();

            byte[] expected = first.get(20, TimeUnit.SECONDS).payload();
            for (Future<StoredReply> one : waiting) {
                assertThat(one.get(20, TimeUnit.SECONDS).payload()).isEqualTo(expected);
            }
        }
        assertThat(app.effects(key)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = "POSTGRESQL")
    void whoWaitsForAKeyOfAnotherProcessHoldsNoConnection(Engine engine) throws Exception {
        App one = app(engine, 2, "one", properties());
        App two = app(engine, 1, "two", properties());
        String key = newKey();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);

        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<StoredReply> first = threads.submit(() -> call(one, request(one, key), () -> {
                StoredReply reply = one.effect(key);
                inside.countDown();
                go.await();
                return reply;
            }));
            assertThat(inside.await(20, TimeUnit.SECONDS)).isTrue();
            Future<StoredReply> second = threads.submit(() -> pay(two, key));
            for (int i = 0; i < 20; i++) {
                String other = newKey();
                pay(two, other);
            }
            assertThat(second).isNotDone();
            assertThat(state(two, key)).isEqualTo(KeyOutcome.State.RUNNING);
            go.countDown();

            assertThat(second.get(20, TimeUnit.SECONDS).payload())
                    .isEqualTo(first.get(20, TimeUnit.SECONDS).payload());
        }
        assertThat(one.effects(key)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = "POSTGRESQL")
    void aKilledBackendDoublesNothing(Engine engine) throws Exception {
        App app = app(engine, 2, "app", properties());
        String key = newKey();
        AtomicInteger runs = new AtomicInteger();

        assertThatThrownBy(() -> call(app, request(app, key), () -> {
                    StoredReply reply = app.effect(key);
                    runs.incrementAndGet();
                    kill(app);
                    return reply;
                }))
                .isInstanceOf(Exception.class);
        assertThat(app.effects(key)).isZero();
        pay(app, key);

        assertThat(app.effects(key)).isEqualTo(1);
        assertThat(runs).hasValue(1);
    }

    /// Ends the connection of the current transaction from another one.
    private static void kill(App app) {
        Integer pid = app.jdbc().queryForObject("select pg_backend_pid()", Integer.class);
        CompletableFuture.runAsync(
                        () -> app.jdbc().queryForObject("select pg_terminate_backend(?)", Boolean.class, pid))
                .join();
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE", "HSQLDB"})
    void keysAreForgottenAfterTheirRetention(Engine engine) throws Exception {
        App app = app(engine);
        String old = newKey();
        pay(app, old);
        millis.addAndGet(Duration.ofDays(7).plusMinutes(1).toMillis());
        String fresh = newKey();
        pay(app, fresh);
        assertThat(state(app, old)).isEqualTo(KeyOutcome.State.DONE);

        app.inbox().cleanUp();

        assertThat(state(app, old)).isEqualTo(KeyOutcome.State.NEVER_SEEN);
        assertThat(state(app, fresh)).isEqualTo(KeyOutcome.State.DONE);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void applicationsOnOneDatabaseNameOneStore(Engine engine) throws Exception {
        List<CompletableFuture<App>> starting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String name = "app-" + i;
            starting.add(CompletableFuture.supplyAsync(() -> app(engine, 1, name, properties())));
        }
        List<String> ids = new ArrayList<>();
        for (CompletableFuture<App> one : starting) {
            ids.add(one.get(30, TimeUnit.SECONDS).inbox().storeId());
        }

        assertThat(ids).allMatch(id -> id.matches("[0-9a-f]{16}"));
        assertThat(ids.stream().distinct()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE", "HSQLDB"})
    void whoAsksAtTheSameTimeIsNotTakenForAHandler(Engine engine) throws Exception {
        App app = app(engine);
        String key = newKey();
        int questions = 200;

        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<KeyOutcome.State>> answers = new ArrayList<>();
            for (int i = 0; i < questions; i++) {
                answers.add(threads.submit(() -> state(app, key)));
            }
            for (Future<KeyOutcome.State> answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(KeyOutcome.State.NEVER_SEEN);
            }
        }
    }

    private static KeyOutcome.State state(App app, String key) throws Exception {
        try {
            return app.inbox().outcome("bank", "pos", key).state();
        } catch (Exception e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
