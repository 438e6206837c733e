package io.fairlead.starter.inbox;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.fairlead.test.PostgresServer;
import java.nio.file.Path;

/// A database that keeps keys, for one test class: each call of [#open] is another application's pool on it.
final class InboxDatabase {
    private static PostgresServer postgres;

    private InboxDatabase() {}

    static synchronized PostgresServer postgres() {
        if (postgres == null) {
            postgres = PostgresServer.start("max_connections=100");
            Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
        }
        return postgres;
    }

    static String url(Engine engine, Path directory) {
        return switch (engine) {
            case POSTGRESQL -> postgres().jdbcUrl();
            case SQLITE ->
                "jdbc:sqlite:" + directory.resolve("inbox.db")
                        + "?journal_mode=WAL&synchronous=FULL&transaction_mode=IMMEDIATE&busy_timeout=20000";
            case HSQLDB -> "jdbc:hsqldb:file:" + directory.resolve("inbox") + ";hsqldb.write_delay=false";
            case H2 -> "jdbc:h2:file:" + directory.resolve("inbox");
            case OTHER -> throw new IllegalArgumentException("no such database here");
        };
    }

    static HikariDataSource open(String url, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        if (url.startsWith("jdbc:postgresql")) {
            config.setUsername("postgres");
        }
        config.setMaximumPoolSize(connections);
        return new HikariDataSource(config);
    }
}
