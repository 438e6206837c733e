package io.fairlead.starter.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;

/// Durable messages, many in one transaction.
class DeliveriesTests {
    private static final Route TAKE = Route.parse("stock/take");
    private static final AtomicInteger RUNS = new AtomicInteger();

    @TempDir
    Path directory;

    private final String run = "run-" + RUNS.incrementAndGet() + "-";
    private HikariDataSource pool;
    private Inbox inbox;
    private JdbcTemplate jdbc;

    private void open(Engine engine) {
        pool = InboxDatabase.open(InboxDatabase.url(engine, directory), engine == Engine.SQLITE ? 1 : 4);
        inbox = new Inbox(
                pool,
                new JdbcTransactionManager(pool),
                new InboxProperties(
                        null,
                        Duration.ofDays(7),
                        Duration.ofHours(1),
                        SchemaMode.ALWAYS,
                        false,
                        Map.of(),
                        new Receive(1, 64)),
                FingerprintKind.PAYLOAD,
                new ProcessName("stock"));
        inbox.open();
        jdbc = new JdbcTemplate(pool);
        jdbc.execute("create table if not exists effect (name varchar(100))");
    }

    @AfterEach
    void close() {
        inbox.close();
        pool.close();
    }

    /// A message, and its answer.
    private final class Message implements Delivery {
        private final KeyedRequest request;
        private final int attempt;
        private final Handler handler;
        private final CompletableFuture<StoredReply> answer = new CompletableFuture<>();

        Message(String id, String fence, int attempt, Handler handler) {
            Map<String, String> metadata = new HashMap<>(Map.of("message-id", run + id));
            if (!fence.isEmpty()) {
                metadata.put("fence", run + fence);
            }
            this.request = Objects.requireNonNull(
                    inbox.request(TAKE, Metadata.of(metadata), id.getBytes(UTF_8), true, Duration.ofSeconds(20), 0));
            this.attempt = attempt;
            this.handler = handler;
        }

        @Override
        public KeyedRequest prepare() {
            return request;
        }

        @Override
        public int attempt() {
            return attempt;
        }

        @Override
        public StoredReply handle() throws Throwable {
            return handler.handle();
        }

        @Override
        public void done(StoredReply reply) {
            assertThat(answer.complete(reply)).as("answered once").isTrue();
        }

        @Override
        public void failed(Throwable reason) {
            assertThat(answer.completeExceptionally(reason)).as("answered once").isTrue();
        }

        Throwable failure() throws Exception {
            try {
                throw new AssertionError("expected a failure, was: " + answer.get(30, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                return e.getCause();
            }
        }
    }

    private StoredReply effect(String id) {
        jdbc.update("insert into effect (name) values (?)", run + id);
        return new StoredReply(Metadata.EMPTY, id.getBytes(UTF_8));
    }

    private Message message(String id) {
        return new Message(id, "", 1, () -> effect(id));
    }

    private int effects() {
        return jdbc.queryForObject("select count(*) from effect where name like ?", Integer.class, run + "%");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void aMessageHasOneEffectHoweverOftenItIsDelivered(Engine engine) throws Exception {
        open(engine);
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            messages.add(message("m" + i % 100));
        }
        messages.forEach(inbox::deliver);

        for (Message message : messages) {
            assertThat(message.answer.get(30, TimeUnit.SECONDS).payload()).isEqualTo(message.request.payload());
        }
        assertThat(effects()).isEqualTo(100);
        assertThat(inbox.counters().count(Result.NEW)).isEqualTo(100);
        assertThat(inbox.counters().count(Result.DUPLICATE)).isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void oneThatFailsFailsAlone(Engine engine) throws Exception {
        open(engine);
        CountDownLatch gate = new CountDownLatch(1);
        Message first = new Message("first", "", 1, () -> {
            gate.await();
            return effect("first");
        });
        inbox.deliver(first);
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            messages.add(message("m" + i));
        }
        Message bad = new Message("bad", "", 1, () -> {
            effect("bad");
            jdbc.update("insert into no_such_table values (1)");
            return effect("bad");
        });
        messages.add(31, bad);
        messages.forEach(inbox::deliver);
        gate.countDown();

        for (Message message : messages) {
            if (message != bad) {
                message.answer.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(bad.failure()).hasMessageContaining("no_such_table");
        first.answer.get(30, TimeUnit.SECONDS);
        assertThat(effects()).isEqualTo(65);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void aFormerHolderOfALaneIsRefused(Engine engine) throws Exception {
        open(engine);
        for (String fence : List.of("gw-a/3:7", "gw-a/3:7", "gw-b/4:1")) {
            Message message = new Message("m" + fence + RUNS.incrementAndGet(), fence, 1, () -> effect("x"));
            inbox.deliver(message);
            message.answer.get(30, TimeUnit.SECONDS);
        }
        Message later = new Message("later", "gw-a/3:8", 1, () -> effect("later"));
        inbox.deliver(later);
        later.answer.get(30, TimeUnit.SECONDS);

        Message former = new Message("former", "gw-a/3:7", 1, () -> effect("former"));
        Message formerAlone = new Message("former", "gw-a/3:7", 2, () -> effect("former"));
        inbox.deliver(former);
        inbox.deliver(formerAlone);

        for (Message refused : List.of(former, formerAlone)) {
            assertThat(refused.failure()).isInstanceOfSatisfying(FairleadException.class, e -> {
                assertThat(e.status()).isEqualTo(Status.ABORTED);
                assertThat(e).hasMessageContaining("fenced");
            });
        }
        assertThat(effects()).isEqualTo(4);
        assertThat(inbox.counters().count(Result.FENCED)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = "POSTGRESQL")
    void aLaterHolderWaitsForTheFormersTransaction(Engine engine) throws Exception {
        open(engine);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<String> order = new java.util.concurrent.CopyOnWriteArrayList<>();
        Message former = new Message("former", "gw-a/3:7", 2, () -> {
            inside.countDown();
            go.await();
            order.add("former");
            return effect("former");
        });
        Message later = new Message("later", "gw-a/3:8", 2, () -> {
            order.add("later");
            return effect("later");
        });
        inbox.deliver(former);
        assertThat(inside.await(20, TimeUnit.SECONDS)).isTrue();
        inbox.deliver(later);
        org.awaitility.Awaitility.await()
                .until(() -> jdbc.queryForObject(
                                "select count(*) from pg_stat_activity where wait_event_type = 'Lock'", Integer.class)
                        > 0);
        go.countDown();
        former.answer.get(30, TimeUnit.SECONDS);
        later.answer.get(30, TimeUnit.SECONDS);

        assertThat(order).containsExactly("former", "later");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void whatIsQueuedAtTheEndIsAnsweredAsNotRun(Engine engine) throws Exception {
        open(engine);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Message first = new Message("first", "", 1, () -> {
            inside.countDown();
            go.await();
            return effect("first");
        });
        inbox.deliver(first);
        assertThat(inside.await(20, TimeUnit.SECONDS)).isTrue();
        Message second = message("second");
        inbox.deliver(second);

        inbox.close();

        assertThat(second.failure()).isInstanceOf(NotRunException.class);
        go.countDown();
        first.answer.handle((reply, error) -> true).get(30, TimeUnit.SECONDS);
    }
}
