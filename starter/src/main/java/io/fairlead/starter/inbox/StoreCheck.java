package io.fairlead.starter.inbox;

import io.fairlead.starter.FairleadStartException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig.TransactionMode;
import org.sqlite.SQLiteConnection;

/// Whether a commit of the application's database is on disk when it returns, asked at start.
final class StoreCheck {
    private static final Logger log = LoggerFactory.getLogger(StoreCheck.class);

    private static final int SYNCHRONOUS_FULL = 2;

    private StoreCheck() {}

    /// @throws FairleadStartException if acknowledged commits can be lost, with the remedy
    static void check(Engine engine, Connection connection, boolean allowH2) throws SQLException {
        switch (engine) {
            case POSTGRESQL -> postgresql(connection);
            case SQLITE -> sqlite(connection);
            case HSQLDB -> hsqldb(connection);
            case H2 -> h2(allowH2);
            case OTHER ->
                log.warn(
                        "{} keeps the keys of @Call(once = true) and @Receive methods: Fairlead does not know whether"
                                + " its commits are on disk when they return, and has no script for its tables; see"
                                + " io/fairlead/inbox/schema-postgresql.sql in the starter",
                        connection.getMetaData().getDatabaseProductName());
        }
    }

    private static void postgresql(Connection connection) throws SQLException {
        String commit = query(connection, "show synchronous_commit");
        if (!Set.of("on", "remote_apply").contains(commit)) {
            throw new FairleadStartException(
                    "PostgreSQL's synchronous_commit: " + commit
                            + " (expected: on or remote_apply, because what is weaker loses acknowledged commits)",
                    "Remove synchronous_commit from the settings of the server, the database and the user, or set it to"
                            + " on.");
        }
        String fsync = query(connection, "show fsync");
        if (!fsync.equals("on")) {
            throw new FairleadStartException(
                    "PostgreSQL's fsync: " + fsync + " (expected: on, because a power cut would lose or damage data)",
                    "Set fsync=on in postgresql.conf. Testcontainers' PostgreSQLContainer turns it off: give it"
                            + " withCommand(\"postgres\").");
        }
    }

    private static void sqlite(Connection connection) throws SQLException {
        String journal = query(connection, "pragma journal_mode").toLowerCase(Locale.ROOT);
        if (Set.of("off", "memory").contains(journal)) {
            throw new FairleadStartException(
                    "SQLite's journal_mode: " + journal + " (expected: wal, because a crash would damage the file)",
                    "Give the database a file, and add journal_mode=WAL to its JDBC URL.");
        }
        int synchronous = Integer.parseInt(query(connection, "pragma synchronous"));
        if (synchronous < SYNCHRONOUS_FULL) {
            throw new FairleadStartException(
                    "SQLite's synchronous: " + synchronous
                            + " (expected: FULL (2) or EXTRA (3), because a power cut would lose acknowledged commits)",
                    "Add synchronous=FULL to the JDBC URL, as in jdbc:sqlite:data/app.db?journal_mode=WAL&"
                            + "synchronous=FULL&transaction_mode=IMMEDIATE&busy_timeout=10000.");
        }
        TransactionMode mode = connection.unwrap(SQLiteConnection.class).getCurrentTransactionMode();
        if (mode == TransactionMode.DEFERRED) {
            throw new FairleadStartException(
                    "SQLite's transaction_mode: " + mode
                            + " (expected: IMMEDIATE, because two transactions that read first cannot both write)",
                    "Add transaction_mode=IMMEDIATE to the JDBC URL.");
        }
    }

    private static void hsqldb(Connection connection) throws SQLException {
        String url = String.valueOf(connection.getMetaData().getURL());
        if (url.startsWith("jdbc:hsqldb:mem:")) {
            throw new FairleadStartException(
                    "HSQLDB at " + url + " is in memory (expected: a store that outlives the process)",
                    "Use a file, as in jdbc:hsqldb:file:data/app;hsqldb.write_delay=false, or another database.");
        }
        String delay = query(
                connection,
                "select property_value from information_schema.system_properties"
                        + " where property_name = 'hsqldb.write_delay'");
        if (!delay.equalsIgnoreCase("false")) {
            throw new FairleadStartException(
                    "HSQLDB's hsqldb.write_delay: " + delay
                            + " (expected: false, because a crash would lose acknowledged commits)",
                    "Add ;hsqldb.write_delay=false to the JDBC URL, and run SET FILES WRITE DELAY FALSE on a database"
                            + " that exists.");
        }
    }

    private static void h2(boolean allowed) {
        if (!allowed) {
            throw new FairleadStartException(
                    "H2 (expected: PostgreSQL, SQLite or HSQLDB): it loses acknowledged commits. With its defaults a"
                            + " kill -9 lost 41 to 78 of 100, and because it never calls fsync on commit, a power cut"
                            + " lost all of them even with WRITE_DELAY=0.",
                    "Use PostgreSQL; or no DataSource at all, and add org.xerial:sqlite-jdbc: Fairlead then keeps keys"
                            + " in an embedded SQLite. Tests may set fairlead.inbox.allow-h2=true.");
        }
        log.warn("H2 keeps keys, as fairlead.inbox.allow-h2 says: it loses acknowledged commits in crashes");
    }

    private static String query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.next() ? String.valueOf(result.getString(1)) : "";
        }
    }
}
