package io.fairlead.starter.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.Receive;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.starter.inbox.FingerprintKind;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.inbox.InboxProperties;
import io.fairlead.starter.inbox.InboxProperties.SchemaMode;
import java.nio.file.Path;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

class FairleadInboxAutoConfigurationTests {
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
                        JdbcTemplateAutoConfiguration.class))
                .withPropertyValues("fairlead.inbox.file=" + directory.resolve("inbox.db"));
    }

    private String url(String name) {
        return "jdbc:sqlite:" + directory.resolve(name)
                + "?journal_mode=WAL&synchronous=FULL&transaction_mode=IMMEDIATE";
    }

    @Test
    void makesAnEmbeddedDatabaseWhereThereIsNoneAndKeysAreKept() {
        runner.withBean(Keeps.class).run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(DataSource.class).hasSingleBean(Inbox.class);
            assertThat(context.getBean(Inbox.class).isOpen()).isTrue();
            assertThat(context.getBean(Inbox.class).description()).startsWith("SQLITE, not shared, store ");
            assertThat(directory.resolve("inbox.db")).exists();
            assertThat(context.getBean(JdbcTemplate.class).queryForObject("pragma synchronous", Integer.class))
                    .isEqualTo(2);
        });
    }

    @Test
    void makesNoneWhereNoMethodKeepsKeys() {
        runner.withBean(Plain.class).run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean("fairleadInboxDataSource");
            assertThat(directory.resolve("inbox.db")).doesNotExist();
        });
    }

    @Test
    void usesTheDatabaseOfTheSettings() {
        runner.withBean(Keeps.class)
                .withPropertyValues("spring.datasource.url=" + url("own.db"))
                .run(context -> {
                    assertThat(context).hasNotFailed().doesNotHaveBean("fairleadInboxDataSource");
                    assertThat(context.getBean(Inbox.class).isOpen()).isTrue();
                    assertThat(directory.resolve("own.db")).exists();
                    assertThat(directory.resolve("inbox.db")).doesNotExist();
                });
    }

    @Test
    void usesTheApplicationsDataSourceAndLeavesItAloneWithoutKeys() {
        ApplicationContextRunner own =
                runner.withBean(DataSource.class, () -> new DriverManagerDataSource(url("bean.db")));
        own.withBean(Plain.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(Inbox.class).isOpen()).isFalse();
            assertThat(directory.resolve("bean.db")).doesNotExist();
        });
        own.withBean(Keeps.class).run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean("fairleadInboxDataSource");
            assertThat(directory.resolve("bean.db")).exists();
        });
    }

    @Test
    void aTransactionManagerOfAnotherDatabaseFailsTheStart() {
        runner.withBean(Keeps.class)
                .withPropertyValues("spring.datasource.url=" + url("own.db"))
                .withBean(
                        PlatformTransactionManager.class,
                        () -> new JdbcTransactionManager(new DriverManagerDataSource(url("other.db"))))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("does not manage the transactions of the DataSource"));
    }

    @Test
    void withoutTheDriverTheStartNamesIt() {
        runner.withBean(Keeps.class)
                .withClassLoader(new FilteredClassLoader("org.sqlite", "org.h2", "org.hsqldb", "com.zaxxer"))
                .run(context -> assertThat(context).hasFailed());
    }

    @Test
    void theApplicationsInboxWins() {
        DriverManagerDataSource dataSource = new DriverManagerDataSource(url("mine.db"));
        runner.withBean(Keeps.class)
                .withBean(DataSource.class, () -> dataSource)
                .withBean(
                        "mine",
                        Inbox.class,
                        () -> new Inbox(
                                dataSource,
                                new JdbcTransactionManager(dataSource),
                                properties(),
                                FingerprintKind.NONE,
                                new io.fairlead.starter.ProcessName("mine")))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(Inbox.class)
                        .hasBean("mine"));
    }

    private static InboxProperties properties() {
        return new InboxProperties(
                null,
                Duration.ofDays(1),
                Duration.ofMinutes(1),
                SchemaMode.ALWAYS,
                false,
                java.util.Map.of(),
                new InboxProperties.Receive(0, 64));
    }

    @Test
    void bindsSettingsAndRefusesWrongOnes() {
        runner.withBean(Keeps.class)
                .withPropertyValues(
                        "fairlead.inbox.retention=2h",
                        "fairlead.inbox.fingerprint.keeps=hl7",
                        "fairlead.inbox.receive.batch=10")
                .run(context -> {
                    InboxProperties bound = context.getBean(InboxProperties.class);
                    assertThat(bound.retention()).isEqualTo(Duration.ofHours(2));
                    assertThat(bound.fingerprint()).containsEntry("keeps", FingerprintKind.HL7);
                    assertThat(bound.receive().batch()).isEqualTo(10);
                });
        refuses("fairlead.inbox.retention=1s", "fairlead.inbox.retention: PT1S (expected: 1m to 3650d)");
        refuses("fairlead.inbox.receive.batch=0", "fairlead.inbox.receive.batch: 0 (expected: 1 to 1000)");
        runner.withBean(Keeps.class)
                .withPropertyValues("fairlead.inbox.retention=5m", "fairlead.inbox.cleanup-interval=1h")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("at most fairlead.inbox.retention, PT5M"));
    }

    private void refuses(String property, String message) {
        runner.withBean(Keeps.class)
                .withPropertyValues(property)
                .run(context -> assertThat(context).getFailure().rootCause().hasMessage(message));
    }

    @FairleadService("keeps")
    static class Keeps {
        @Receive
        void take() {}
    }

    @FairleadService("plain")
    static class Plain {
        @Call
        void call() {}
    }
}
