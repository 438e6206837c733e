package io.fairlead.starter.inbox;

import io.fairlead.starter.FairleadStartException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.datasource.init.ScriptException;

/// The inbox's tables, and the name of the store, which is made with them. Several instances may start at a
/// time.
final class Schema {
    /// Of an advisory lock, so that only one instance makes tables: "fairlead".
    private static final long LOCK = 0x66616972_6c656164L;

    private static final String STORE_ID = "store-id";

    private Schema() {}

    /// In a transaction.
    static void create(Engine engine, Connection connection) throws SQLException {
        if (engine.script().isEmpty()) {
            return;
        }
        lock(engine, connection);
        try {
            new ResourceDatabasePopulator(new ClassPathResource(engine.script())).populate(connection);
        } catch (ScriptException e) {
            throw new FairleadStartException(
                    "The inbox's tables cannot be made: "
                            + e.getMostSpecificCause().getMessage(),
                    "Grant the user the right to create tables; or run " + engine.script()
                            + " of the starter by Flyway or by hand, and set fairlead.inbox.initialize-schema=never.",
                    e);
        }
    }

    private static void lock(Engine engine, Connection connection) throws SQLException {
        if (engine == Engine.POSTGRESQL) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            }
        }
    }

    /// The store's name, made if it has none; in a transaction.
    ///
    /// @throws FairleadStartException if the tables are missing
    static String storeId(Engine engine, Connection connection) throws SQLException {
        lock(engine, connection);
        String known;
        try {
            known = select(connection);
        } catch (SQLException e) {
            throw new FairleadStartException(
                    "The inbox's tables are missing: " + e.getMessage(),
                    engine.script().isEmpty()
                            ? "Make the tables of io/fairlead/inbox/schema-postgresql.sql in your database's types."
                            : "Copy " + engine.script() + " of the starter to a migration of Flyway or the like, or set"
                                    + " fairlead.inbox.initialize-schema=always.",
                    e);
        }
        if (known != null) {
            return known;
        }
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        String id = HexFormat.of().formatHex(random);
        try (PreparedStatement insert =
                connection.prepareStatement("insert into fairlead_inbox_meta (name, content) values (?, ?)")) {
            insert.setString(1, STORE_ID);
            insert.setString(2, id);
            insert.executeUpdate();
        }
        return id;
    }

    private static @Nullable String select(Connection connection) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select content from fairlead_inbox_meta where name = ?")) {
            select.setString(1, STORE_ID);
            try (ResultSet result = select.executeQuery()) {
                return result.next() ? result.getString(1) : null;
            }
        }
    }
}
