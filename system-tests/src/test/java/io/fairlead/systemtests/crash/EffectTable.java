package io.fairlead.systemtests.crash;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Consumer;

/// The table that the workers' effects are rows of. No constraint keeps an effect from being there twice: that
/// is what is looked for.
///
/// @param url of its database
record EffectTable(String url, String user) {
    private static final int FETCH = 10_000;

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url, user, "");
    }

    /// Makes it where it is missing.
    void create() {
        String number = url.startsWith("jdbc:sqlite:")
                ? "integer primary key autoincrement"
                : "bigint generated always as identity primary key";
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists effects (seq " + number + ", producer varchar(40) not null,"
                    + " number integer not null, ordering_key varchar(80) not null, worker varchar(40) not null,"
                    + " attempt integer not null, answer varchar(80) not null)");
        } catch (SQLException e) {
            throw new IllegalStateException(url + ": the table of effects cannot be made", e);
        }
    }

    long count() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from effects")) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(url + ": effects cannot be counted", e);
        }
    }

    /// All effects, in the order in which they came. For one key this is the order of their transactions: the
    /// next message is delivered when the one before it has committed.
    void forEach(Consumer<Effect> effects) {
        try (Connection connection = connect()) {
            // PostgreSQL's driver reads in parts only within a transaction.
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(FETCH);
                try (ResultSet rows =
                        statement.executeQuery("select producer, number, worker, answer from effects order by seq")) {
                    while (rows.next()) {
                        effects.accept(
                                new Effect(rows.getString(1), rows.getInt(2), rows.getString(3), rows.getString(4)));
                    }
                }
            }
            connection.rollback();
        } catch (SQLException e) {
            throw new IllegalStateException(url + ": effects cannot be read", e);
        }
    }
}
