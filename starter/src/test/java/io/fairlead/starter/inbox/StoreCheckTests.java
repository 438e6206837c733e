package io.fairlead.starter.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.fairlead.starter.FairleadStartException;
import io.fairlead.starter.ProcessName;
import io.fairlead.starter.inbox.InboxProperties.Receive;
import io.fairlead.starter.inbox.InboxProperties.SchemaMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.support.JdbcTransactionManager;

/// What keeps an application from starting with a store that loses commits.
class StoreCheckTests {
    @TempDir
    Path directory;

    private void open(String url, boolean allowH2, SchemaMode schema) {
        try (HikariDataSource pool = InboxDatabase.open(url, 2)) {
            Inbox inbox = new Inbox(
                    pool,
                    new JdbcTransactionManager(pool),
                    new InboxProperties(
                            null,
                            Duration.ofDays(7),
                            Duration.ofHours(1),
                            schema,
                            allowH2,
                            Map.of(),
                            new Receive(0, 64)),
                    FingerprintKind.PAYLOAD,
                    new ProcessName("test"));
            inbox.open();
            inbox.close();
        }
    }

    private void refused(String url, String what, String remedy) {
        assertThatThrownBy(() -> open(url, false, SchemaMode.ALWAYS))
                .isInstanceOfSatisfying(
                        FairleadStartException.class,
                        e -> assertThat(e.action()).contains(remedy))
                .hasMessageContaining(what);
    }

    @Test
    void h2IsRefusedUnlessToldOtherwise() {
        String url = InboxDatabase.url(Engine.H2, directory);

        refused(url, "loses acknowledged commits", "sqlite-jdbc");
        open(url, true, SchemaMode.ALWAYS);
    }

    @Test
    void sqliteMustSynchronizeEachCommit() {
        String file = "jdbc:sqlite:" + directory.resolve("a.db");

        refused(file + "?synchronous=OFF&transaction_mode=IMMEDIATE", "synchronous: 0", "synchronous=FULL");
        refused(file + "?journal_mode=WAL&synchronous=NORMAL", "synchronous: 1", "synchronous=FULL");
        refused(file + "?journal_mode=WAL&synchronous=FULL", "transaction_mode: DEFERRED", "IMMEDIATE");
        refused("jdbc:sqlite::memory:", "journal_mode: memory", "a file");
    }

    @Test
    void hsqldbMustNotDelayItsWrites() {
        refused("jdbc:hsqldb:mem:inbox", "in memory", "jdbc:hsqldb:file:");
        refused("jdbc:hsqldb:file:" + directory.resolve("late"), "write_delay: true", "write_delay=false");
    }

    @Test
    void postgresMustWaitForTheDisk() {
        String url = InboxDatabase.postgres().jdbcUrl();

        refused(url + "?options=-c%20synchronous_commit=off", "synchronous_commit: off", "synchronous_commit");
        refused(url + "?options=-c%20synchronous_commit=local", "synchronous_commit: local", "synchronous_commit");
    }

    @Test
    void missingTablesAreNamedWhereTheApplicationMakesThem() {
        assertThatThrownBy(() -> open(InboxDatabase.url(Engine.SQLITE, directory), false, SchemaMode.NEVER))
                .isInstanceOfSatisfying(
                        FairleadStartException.class,
                        e -> assertThat(e.action())
                                .contains("io/fairlead/inbox/schema-sqlite.sql", "initialize-schema"))
                .hasMessageContaining("tables are missing");
    }
}
