package io.fairlead.starter.autoconfigure;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.FairleadStartException;
import io.fairlead.starter.inbox.InboxProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;

/// The embedded database of an application that keeps keys and has none of its own: SQLite in one file, in WAL
/// mode, synchronized at each commit. Before Boot makes a `DataSource`, so that Boot's transaction manager,
/// `JdbcTemplate` and `JdbcClient` are on this one.
@AutoConfiguration(
        beforeName = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
        after = FairleadAutoConfiguration.class)
@ConditionalOnClass({JdbcTemplate.class, HikariDataSource.class, org.sqlite.JDBC.class})
@ConditionalOnBooleanProperty(name = "fairlead.worker.enabled", matchIfMissing = true)
@ConditionalOnBean(annotation = FairleadService.class)
@ConditionalOnMissingBean(
        value = DataSource.class,
        type = "org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails")
@Conditional(KeepsKeysWithoutDatabase.class)
@EnableConfigurationProperties(InboxProperties.class)
public final class FairleadInboxStoreAutoConfiguration {
    private static final Logger log = LoggerFactory.getLogger(FairleadInboxStoreAutoConfiguration.class);

    /// One writer, as SQLite has it: a second connection would only wait in native code.
    @Bean(destroyMethod = "close")
    HikariDataSource fairleadInboxDataSource(
            InboxProperties properties, FairleadProperties shared, Environment environment) {
        Path file = file(properties, shared, environment);
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
        } catch (IOException e) {
            throw new FairleadStartException(
                    "fairlead.inbox.file: " + file + " (expected: a file in a directory that can be written): "
                            + e.getMessage(),
                    "Change the value of fairlead.inbox.file, or the rights of the directory.",
                    e);
        }
        HikariConfig config = new HikariConfig();
        config.setPoolName("fairlead-inbox");
        config.setJdbcUrl("jdbc:sqlite:" + file
                + "?journal_mode=WAL&synchronous=FULL&transaction_mode=IMMEDIATE&busy_timeout=10000");
        config.setMaximumPoolSize(1);
        log.info("The application has no DataSource: its @FairleadService methods keep keys in {}", file);
        return new HikariDataSource(config);
    }

    /// Not the process's random name, which would lose the keys at each start.
    private static Path file(InboxProperties properties, FairleadProperties shared, Environment environment) {
        if (properties.file() != null) {
            return Path.of(properties.file());
        }
        String name = shared.name() != null
                ? shared.name()
                : environment.getProperty("spring.application.name", "application");
        return Path.of("data", name.replaceAll("[^A-Za-z0-9._-]", "_") + "-inbox.db");
    }
}
