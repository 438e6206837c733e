package io.fairlead.gateway.journal;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.init.ScriptException;
import org.springframework.jdbc.datasource.init.ScriptUtils;

/// A pool of connections to PostgreSQL, each of which commits to disk: that is checked before it is used first.
final class PostgresDatabase implements AutoCloseable {
    private static final ClassPathResource SCHEMA =
            new ClassPathResource("schema-postgresql.sql", PostgresDatabase.class);
    private static final String SCHEMA_VERSION = "1";
    private static final long SCHEMA_LOCK = 0x666169726c656164L; // "fairlead"

    /// Pins what it has found: a reload of the server's settings would change it under an open connection. All
    /// our queries have an index; tables grow from nothing to millions between two of the planner's looks.
    private static final String NEW_CONNECTION = """
            do $$ begin
                if current_setting('synchronous_commit') not in ('on', 'remote_apply') then
                    raise exception 'synchronous_commit: % (expected: on or remote_apply): acknowledged messages would be lost: alter role % set synchronous_commit = on',
                        current_setting('synchronous_commit'), quote_ident(current_user) using errcode = 'F0001';
                end if;
                if current_setting('fsync') <> 'on' then
                    raise exception 'fsync: % (expected: on): acknowledged messages would be lost: set fsync = on in postgresql.conf',
                        current_setting('fsync') using errcode = 'F0001';
                end if;
                perform set_config('synchronous_commit', current_setting('synchronous_commit'), false);
            end $$;
            set statement_timeout = '20s';
            set lock_timeout = '5s';
            set idle_in_transaction_session_timeout = '30s';
            set enable_seqscan = off
            """;

    private final String place;
    private final HikariDataSource pool;

    private PostgresDatabase(String place, HikariDataSource pool) {
        this.place = place;
        this.pool = pool;
    }

    /// What is done in one transaction.
    interface Work<T extends @Nullable Object> {
        T run(Session session) throws SQLException;
    }

    /// A connection in a transaction.
    record Session(Connection connection, JdbcTemplate jdbc) {}

    /// Connects and makes the tables that are not there.
    ///
    /// @throws StoreException if the server is not reachable, or not durable enough
    static PostgresDatabase open(JournalProperties properties) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("journal");
        config.setJdbcUrl(properties.url());
        config.setUsername(properties.username());
        config.setPassword(properties.password());
        config.setMaximumPoolSize(properties.poolSize());
        config.setMinimumIdle(2);
        config.setAutoCommit(false);
        config.setConnectionTimeout(3_000);
        config.setInitializationFailTimeout(1);
        config.setConnectionInitSql(NEW_CONNECTION);
        config.addDataSourceProperty("ApplicationName", "fairlead-journal");
        config.addDataSourceProperty("connectTimeout", "3");
        config.addDataSourceProperty("socketTimeout", "30");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        HikariDataSource pool;
        try {
            pool = new HikariDataSource(config);
        } catch (RuntimeException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE,
                    "journal " + properties.place() + ": " + cause.getMessage()
                            + " (expected: a PostgreSQL that takes connections and commits to disk): see"
                            + " fairlead.gateway.journal.url, .username and .password",
                    e);
        }
        PostgresDatabase database = new PostgresDatabase(properties.place(), pool);
        try {
            database.transaction(session -> {
                makeTables(session);
                return true;
            });
            return database;
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    private static void makeTables(Session session) throws SQLException {
        session.jdbc().execute("select pg_advisory_xact_lock(" + SCHEMA_LOCK + ")");
        try {
            ScriptUtils.executeSqlScript(session.connection(), SCHEMA);
        } catch (ScriptException e) {
            if (e.getCause() instanceof SQLException sql) {
                throw sql;
            }
            throw e;
        }
        String[][] meta = {
            {"id", HexFormat.of().toHexDigits(RandomGenerator.of("SecureRandom").nextLong())},
            {"schema", SCHEMA_VERSION},
            {"lanes", Integer.toString(SqlStore.LANES)}
        };
        for (String[] entry : meta) {
            session.jdbc()
                    .update(
                            "insert into fairlead_journal_meta (name, value) values (?, ?) on conflict do nothing",
                            entry[0],
                            entry[1]);
        }
        String version = session.jdbc()
                .queryForObject("select value from fairlead_journal_meta where name = 'schema'", String.class);
        if (!SCHEMA_VERSION.equals(version)) {
            throw new SQLException("schema version: " + version + " (expected: " + SCHEMA_VERSION
                    + "): use the gateway that made it, or another database");
        }
    }

    /// Runs in a transaction and commits it.
    ///
    /// @throws StoreException after everything has been rolled back, unless it is UNCERTAIN
    <T extends @Nullable Object> T transaction(Work<T> work) {
        boolean committing = false;
        try (Connection connection = pool.getConnection()) { // rolls back what is not committed
            T result = work.run(
                    new Session(connection, new JdbcTemplate(new SingleConnectionDataSource(connection, true))));
            committing = true;
            connection.commit();
            committing = false;
            return result;
        } catch (SQLException | DataAccessException e) {
            throw PostgresErrors.translate(e, place, committing);
        }
    }

    @Override
    public void close() {
        pool.close();
    }

    @Override
    public String toString() {
        return place;
    }
}
