package io.fairlead.gateway.journal;

import io.fairlead.test.PostgresServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

class PostgresStoreTests extends MessageStoreContract {
    private static PostgresServer server;
    private static int databases;

    @BeforeAll
    static void startServer() {
        Assumptions.assumeTrue(PostgresServer.isInstalled(), "PostgreSQL is not installed");
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    /// Another schema for each test: a database of its own takes a second.
    @BeforeEach
    @Override
    void openStore() {
        databases++;
        super.openStore();
    }

    @Override
    MessageStore open() {
        return open(PostgresStore.LEASE_MILLIS);
    }

    MessageStore open(long leaseMillis) {
        return PostgresStore.open(properties(), leaseMillis);
    }

    private static JournalProperties properties() {
        String schema = "test_" + databases;
        try (var connection = java.sql.DriverManager.getConnection(server.jdbcUrl(), server.user(), null);
                var statement = connection.createStatement()) {
            statement.execute("create schema if not exists " + schema);
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
        return new JournalProperties(
                server.jdbcUrl() + "?currentSchema=" + schema, server.user(), null, 6, Duration.ofHours(1), 100_000);
    }
}
