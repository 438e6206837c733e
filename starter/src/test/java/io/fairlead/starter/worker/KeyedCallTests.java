package io.fairlead.starter.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.starter.Call;
import io.fairlead.starter.CallContext;
import io.fairlead.starter.Effect;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.FakeRegistry;
import io.fairlead.starter.Receive;
import io.fairlead.starter.Reconcile;
import io.fairlead.starter.Reconciliation;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.starter.autoconfigure.FairleadInboxAutoConfiguration;
import io.fairlead.starter.autoconfigure.FairleadInboxStoreAutoConfiguration;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// Methods that keep keys, over a real link and the embedded store.
class KeyedCallTests {
    @TempDir
    Path directory;

    private ApplicationContextRunner runner;

    @BeforeEach
    void configure() {
        runner = WorkerCalls.runner()
                .withConfiguration(AutoConfigurations.of(
                        FairleadInboxStoreAutoConfiguration.class,
                        FairleadInboxAutoConfiguration.class,
                        DataSourceAutoConfiguration.class,
                        DataSourceTransactionManagerAutoConfiguration.class,
                        TransactionAutoConfiguration.class,
                        JdbcTemplateAutoConfiguration.class,
                        JdbcClientAutoConfiguration.class))
                .withBean(Bank.class)
                .withPropertyValues("fairlead.name=bank-1", "fairlead.inbox.file=" + directory.resolve("a/b.db"));
    }

    @FairleadService("bank")
    static class Bank {
        private final JdbcClient jdbc;
        private final AtomicInteger runs = new AtomicInteger();

        Bank(JdbcClient jdbc) {
            this.jdbc = jdbc;
            jdbc.sql("create table if not exists payment (amount integer, attempt integer)")
                    .update();
        }

        record Receipt(int number) {}

        @Transactional
        @Call(once = true)
        Receipt pay(int amount, CallContext context) {
            jdbc.sql("insert into payment values (?, ?)").params(amount, 0).update();
            context.replyMetadata("x-bank", "1");
            if (amount < 0) {
                throw new FairleadException(Status.OUT_OF_RANGE, "amount: below 0");
            }
            return new Receipt(runs.incrementAndGet());
        }

        @Receive("order")
        void take(int amount, CallContext context) {
            runs.incrementAndGet();
            assertThat(context.messageId()).isPresent();
            jdbc.sql("insert into payment values (?, ?)")
                    .params(amount, context.attempt())
                    .update();
        }

        @Call
        void plain() {}

        @Call(once = true, effect = Effect.EXTERNAL)
        String charge(String what) {
            runs.incrementAndGet();
            throw new IllegalStateException("who knows");
        }

        @Reconcile("charge")
        Reconciliation<String> charged(String key, String what) {
            return Reconciliation.done(key + " for " + what);
        }

        /// A method, because the bean is a proxy.
        int runs() {
            return runs.get();
        }

        int payments() {
            return jdbc.sql("select count(*) from payment").query(Integer.class).single();
        }
    }

    private static Request request(String route, String payload, boolean send, String... metadata) {
        Map<String, String> entries = new HashMap<>();
        for (int i = 0; i < metadata.length; i += 2) {
            entries.put(metadata[i], metadata[i + 1]);
        }
        return new Request(
                Route.parse(route),
                Metadata.of(entries),
                payload.getBytes(UTF_8),
                Duration.ofSeconds(10),
                Priority.NORMAL,
                false,
                send);
    }

    private interface Body {
        void run(WorkerCalls calls, Bank bank) throws Exception;
    }

    private void run(Body test) {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            try (WorkerCalls calls = new WorkerCalls(context)) {
                test.run(calls, context.getBean(Bank.class));
            }
        });
    }

    @Test
    void aRepeatedCallGetsTheStoredReplyAndItsMetadata() {
        run((calls, bank) -> {
            Request pay = request("bank/pay", "7", false, "idempotency-key", "k1");
            Reply first = calls.reply(pay);
            Reply second = calls.reply(pay);

            assertThat(second.payload()).isEqualTo(first.payload()).isEqualTo("{\"number\":1}".getBytes(UTF_8));
            assertThat(second.metadata().asMap())
                    .isEqualTo(first.metadata().asMap())
                    .containsEntry("x-bank", "1")
                    .containsEntry("content-type", "application/json");
            assertThat(bank.payments()).isEqualTo(1);
        });
        run((calls, bank) -> {
            calls.reply(request("bank/pay", "7", false, "idempotency-key", "k1"));
            assertThat(bank.payments()).as("after a restart").isEqualTo(1);
        });
    }

    @Test
    void keysOfOtherIdentitiesAreOtherKeys() {
        run((calls, bank) -> {
            calls.reply(request("bank/pay", "7", false, "idempotency-key", "k1", "identity", "a"));
            calls.reply(request("bank/pay", "7", false, "idempotency-key", "k1", "identity", "b"));
            assertThat(bank.payments()).isEqualTo(2);
        });
    }

    @Test
    void callsWithoutAKeyRunInATransaction() {
        run((calls, bank) -> {
            calls.call("bank/pay", "7");
            calls.call("bank/pay", "7");
            assertThat(bank.payments()).isEqualTo(2);

            CallException refused = WorkerCalls.failure(calls.send(request("bank/pay", "-1", false)));
            assertThat(refused.status()).isEqualTo(Status.OUT_OF_RANGE);
            assertThat(bank.payments()).as("rolled back").isEqualTo(2);
        });
    }

    @Test
    void anExceptionIsNotStored() {
        run((calls, bank) -> {
            Request pay = request("bank/pay", "-1", false, "idempotency-key", "k1");
            for (int i = 0; i < 2; i++) {
                CallException refused = WorkerCalls.failure(calls.send(pay));
                assertThat(refused.status()).isEqualTo(Status.OUT_OF_RANGE);
            }
            assertThat(bank.payments()).isZero();
            assertThat(outcome(calls, "k1")).startsWith("{\"state\":\"NEVER_SEEN\"");
        });
    }

    @Test
    void aMessageIsTakenOnce() {
        run((calls, bank) -> {
            for (int attempt = 1; attempt <= 3; attempt++) {
                Reply reply = calls.reply(
                        request("bank/order", "5", true, "message-id", "ab-1", "attempt", String.valueOf(attempt)));
                assertThat(reply.payload()).isEmpty();
            }
            assertThat(bank.payments()).isEqualTo(1);
            assertThat(outcome(calls, "ab-1")).startsWith("{\"state\":\"DONE\",\"method\":\"order\"");
        });
    }

    @Test
    void messagesAndCallsHaveMethodsOfTheirOwn() {
        run((calls, bank) -> {
            assertThat(WorkerCalls.failure(calls.send(request("bank/order", "5", false)))
                            .status())
                    .isEqualTo(Status.UNIMPLEMENTED);
            for (String method : new String[] {"bank/plain", "bank/pay"}) {
                CallException refused =
                        WorkerCalls.failure(calls.send(request(method, "5", true, "message-id", "ab-1")));
                assertThat(refused.status()).isEqualTo(Status.FAILED_PRECONDITION);
                assertThat(refused).hasMessageContaining("@Receive");
            }
            CallException unreadable =
                    WorkerCalls.failure(calls.send(request("bank/order", "x", true, "message-id", "ab-2")));
            assertThat(unreadable.status()).isEqualTo(Status.INVALID_ARGUMENT);
            CallException nameless = WorkerCalls.failure(calls.send(request("bank/order", "5", true)));
            assertThat(nameless.status()).isEqualTo(Status.INVALID_ARGUMENT);
            assertThat(bank.runs()).isZero();
        });
    }

    @Test
    void reconcilesAnEffectElsewhere() {
        run((calls, bank) -> {
            Request charge = request("bank/charge", "\"x\"", false, "idempotency-key", "k9");
            assertThat(WorkerCalls.failure(calls.send(charge)).status()).isEqualTo(Status.UNKNOWN);
            assertThat(outcome(calls, "k9")).startsWith("{\"state\":\"UNKNOWN\"");

            assertThat(new String(calls.reply(charge).payload(), UTF_8)).isEqualTo("k9 for \"x\"");
            assertThat(outcome(calls, "k9"))
                    .startsWith("{\"state\":\"DONE\",\"method\":\"charge\",\"replyBase64\":\"azkgZm9yICJ4Ig==\"");
            assertThat(bank.runs()).isEqualTo(1);
        });
    }

    @Test
    void offersSayWhereKeysAreKept() {
        try (FakeRegistry registry = new FakeRegistry()) {
            runner.withPropertyValues("fairlead.registries=" + registry.address(), "fairlead.inbox.retention=2d")
                    .run(context -> {
                        String store = context.getBean(Inbox.class).storeId();
                        String keys =
                                "\"keys\":{\"store\":\"" + store + "\",\"retentionMillis\":172800000,\"receives\":";
                        Awaitility.await().until(() -> !registry.heard().isEmpty());

                        assertThat(registry.heard().getFirst())
                                .contains(
                                        "{\"name\":\"order\",\"idempotent\":false,\"once\":true,\"timeoutMillis\":0,"
                                                + keys + "true}}",
                                        "{\"name\":\"pay\",\"idempotent\":false,\"once\":true,\"timeoutMillis\":0,"
                                                + keys + "false}}",
                                        "{\"name\":\"plain\",\"idempotent\":false,\"once\":false,\"timeoutMillis\":0}");
                    });
        }
    }

    private static String outcome(WorkerCalls calls, String key) {
        return calls.call("fairlead.worker/outcome", "{\"service\":\"bank\",\"key\":\"" + key + "\"}");
    }
}
