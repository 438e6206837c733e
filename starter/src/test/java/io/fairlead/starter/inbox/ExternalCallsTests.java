package io.fairlead.starter.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.ProcessName;
import io.fairlead.starter.Reconciliation;
import io.fairlead.starter.inbox.InboxProperties.Receive;
import io.fairlead.starter.inbox.InboxProperties.SchemaMode;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.support.JdbcTransactionManager;

/// Effects outside the database. A process that dies is one whose handler throws an Error and whose inbox is
/// closed.
class ExternalCallsTests {
    private static final AtomicInteger KEYS = new AtomicInteger();

    @TempDir
    Path directory;

    private final List<Runnable> closing = new ArrayList<>();
    private final AtomicLong millis = new AtomicLong(System.currentTimeMillis());
    private final AtomicInteger runs = new AtomicInteger();
    private final String key = "external-" + KEYS.incrementAndGet();

    private Inbox inbox(Engine engine, String instance) {
        HikariDataSource pool = InboxDatabase.open(InboxDatabase.url(engine, directory), 2);
        Inbox inbox = new Inbox(
                pool,
                new JdbcTransactionManager(pool),
                new InboxProperties(
                        null,
                        Duration.ofDays(7),
                        Duration.ofHours(1),
                        SchemaMode.ALWAYS,
                        false,
                        Map.of(),
                        new Receive(0, 64)),
                FingerprintKind.PAYLOAD,
                new ProcessName(instance),
                () -> Instant.ofEpochMilli(millis.get()));
        inbox.open();
        closing.add(() -> {
            inbox.close();
            pool.close();
        });
        return inbox;
    }

    @AfterEach
    void close() {
        closing.forEach(Runnable::run);
    }

    private Object charge(Inbox inbox, Handler handler, @Nullable Reconciler reconciler) {
        KeyedRequest request = Objects.requireNonNull(inbox.request(
                Route.parse("bank/charge"),
                Metadata.of(Map.of("idempotency-key", key)),
                "10".getBytes(UTF_8),
                false,
                Duration.ofMillis(500),
                0));
        try {
            return new String(
                    inbox.callExternal(
                                    request,
                                    () -> {
                                        runs.incrementAndGet();
                                        return handler.handle();
                                    },
                                    reconciler)
                            .payload(),
                    UTF_8);
        } catch (FairleadException e) {
            return e.status();
        } catch (Throwable e) {
            return e;
        }
    }

    private static StoredReply reply(String text) {
        return new StoredReply(Metadata.EMPTY, text.getBytes(UTF_8));
    }

    private static StoredReply crash() {
        throw new Error("the process dies here");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void aRepeatGetsTheStoredReply(Engine engine) {
        Inbox inbox = inbox(engine, "a");

        assertThat(charge(inbox, () -> reply("charged"), null)).isEqualTo("charged");
        assertThat(charge(inbox, () -> reply("again"), null)).isEqualTo("charged");
        assertThat(runs).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void afterACrashNobodyGuesses(Engine engine) throws Throwable {
        assertThat(charge(inbox(engine, "a"), ExternalCallsTests::crash, null)).isEqualTo(Status.UNKNOWN);

        Inbox next = inbox(engine, "a");

        assertThat(charge(next, () -> reply("again"), null)).isEqualTo(Status.UNKNOWN);
        assertThat(charge(next, () -> reply("again"), (k, p) -> Reconciliation.unknown()))
                .isEqualTo(Status.UNKNOWN);
        assertThat(next.outcome("bank", null, key).state()).isEqualTo(KeyOutcome.State.UNKNOWN);
        assertThat(runs).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void reconcilingGivesTheReplyOfWhatWasDone(Engine engine) {
        charge(inbox(engine, "a"), ExternalCallsTests::crash, null);
        Inbox next = inbox(engine, "a");

        assertThat(charge(next, () -> reply("again"), (k, p) -> Reconciliation.done(reply("found " + k))))
                .isEqualTo("found " + key);
        assertThat(charge(next, () -> reply("again"), null)).isEqualTo("found " + key);
        assertThat(runs).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void whatWasNotDoneRunsAgain(Engine engine) {
        charge(inbox(engine, "a"), ExternalCallsTests::crash, null);

        assertThat(charge(inbox(engine, "a"), () -> reply("charged"), (k, p) -> Reconciliation.notDone()))
                .isEqualTo("charged");
        assertThat(runs).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void anotherInstanceWaitsForTheDeadlineOfTheFirst(Engine engine) {
        charge(inbox(engine, "a"), ExternalCallsTests::crash, null);
        Inbox other = inbox(engine, "b");

        assertThat(charge(other, () -> reply("again"), (k, p) -> Reconciliation.notDone()))
                .isEqualTo(Status.DEADLINE_EXCEEDED);
        millis.addAndGet(Duration.ofSeconds(41).toMillis());
        assertThat(charge(other, () -> reply("charged"), (k, p) -> Reconciliation.notDone()))
                .isEqualTo("charged");
        assertThat(runs).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "SQLITE"})
    void unavailableSaysThatNothingWasDone(Engine engine) {
        Inbox inbox = inbox(engine, "a");

        assertThat(charge(
                        inbox,
                        () -> {
                            throw new FairleadException(Status.UNAVAILABLE, "the bank is closed");
                        },
                        null))
                .isEqualTo(Status.UNAVAILABLE);
        assertThat(charge(inbox, () -> reply("charged"), null)).isEqualTo("charged");
    }
}
