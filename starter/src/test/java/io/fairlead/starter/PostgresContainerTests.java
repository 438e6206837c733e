package io.fairlead.starter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Request;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.worker.Worker;
import io.fairlead.test.ContainerTest;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.postgresql.PostgreSQLContainer;

/// The inbox on the `DataSource` that Boot makes of a `@ServiceConnection`, without a setting of its own.
@ContainerTest(images = "postgres:17")
@SpringBootTest(properties = {"fairlead.worker.port=0", "fairlead.registries=", "fairlead.name=bank-1"})
@Testcontainers
class PostgresContainerTests {
    /// By default Testcontainers starts it without fsync, which the inbox refuses.
    @Container
    @ServiceConnection
    static final PostgreSQLContainer postgres = new PostgreSQLContainer("postgres:17").withCommand("postgres");

    @Autowired
    private JdbcClient jdbc;

    private WorkerCalls calls;

    @BeforeEach
    void connect(@Autowired Worker worker) {
        calls = new WorkerCalls(worker.port());
        jdbc.sql("delete from payment").update();
    }

    @AfterEach
    void close() {
        calls.close();
    }

    @Test
    void keysAreKeptInTheContainersDatabase(@Autowired Inbox inbox) {
        assertThat(inbox.description()).startsWith("POSTGRESQL, store ");
        assertThat(inbox.isOpen()).isTrue();
    }

    @Test
    void aRepeatedCallHasOneEffectAndTheSameReply() {
        Request pay = request("bank/pay", "7", false, "idempotency-key", "k1");

        byte[] first = calls.reply(pay).payload();

        assertThat(calls.reply(pay).payload()).isEqualTo(first);
        assertThat(payments()).containsExactly(7);
    }

    @Test
    void repeatsAtTheSameTimeHaveOneEffect() {
        Request pay = request("bank/pay", "8", false, "idempotency-key", "k2");

        List<CompletableFuture<byte[]>> replies = Stream.generate(
                        () -> calls.send(pay).thenApply(reply -> reply.payload()))
                .limit(20)
                .toList();

        assertThat(replies.stream().map(CompletableFuture::join).map(reply -> new String(reply, UTF_8)))
                .containsOnly("paid 8");
        assertThat(payments()).containsExactly(8);
    }

    @Test
    void aFailedCallLeavesNothingAndRunsAgain() {
        Request refund = request("bank/refund", "9", false, "idempotency-key", "k3");

        for (int i = 0; i < 2; i++) {
            assertThat(WorkerCalls.failure(calls.send(refund)).status()).isEqualTo(Status.ABORTED);
        }

        assertThat(payments()).isEmpty();
    }

    @Test
    void aMessageThatIsDeliveredAgainIsTakenOnce() {
        for (int attempt = 1; attempt <= 3; attempt++) {
            calls.reply(request("bank/order", "5", true, "message-id", "ab-1", "attempt", String.valueOf(attempt)));
        }

        assertThat(payments()).containsExactly(5);
    }

    @Test
    void anEffectElsewhereIsReconciled() {
        Request charge = request("bank/charge", "x", false, "idempotency-key", "k4");

        CallException unknown = WorkerCalls.failure(calls.send(charge));

        assertThat(unknown.status()).isEqualTo(Status.UNKNOWN);
        assertThat(calls.reply(charge).payload()).asString(UTF_8).isEqualTo("k4 was charged");
    }

    private List<Integer> payments() {
        return jdbc.sql("select amount from payment").query(Integer.class).list();
    }

    private static Request request(String route, String payload, boolean send, String... metadata) {
        return new Request(
                Route.parse(route),
                metadata.length == 2
                        ? Metadata.of(Map.of(metadata[0], metadata[1]))
                        : Metadata.of(Map.of(metadata[0], metadata[1], metadata[2], metadata[3])),
                payload.getBytes(UTF_8),
                Duration.ofSeconds(10),
                Priority.NORMAL,
                false,
                send);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Bank.class)
    static class BankApplication {}

    @FairleadService("bank")
    static class Bank {
        private final JdbcClient jdbc;

        Bank(JdbcClient jdbc) {
            this.jdbc = jdbc;
            jdbc.sql("create table if not exists payment (amount integer)").update();
        }

        @Call(once = true)
        String pay(int amount) {
            insert(amount);
            return "paid " + amount;
        }

        @Call(once = true)
        void refund(int amount) {
            insert(-amount);
            throw new FairleadException(Status.ABORTED, "not today");
        }

        @Receive("order")
        void take(int amount) {
            insert(amount);
        }

        @Call(once = true, effect = Effect.EXTERNAL)
        String charge(String what) {
            throw new IllegalStateException("nobody knows whether " + what + " was charged");
        }

        @Reconcile("charge")
        Reconciliation<String> charged(String key) {
            return Reconciliation.done(key + " was charged");
        }

        private void insert(int amount) {
            jdbc.sql("insert into payment values (?)").param(amount).update();
        }
    }
}
