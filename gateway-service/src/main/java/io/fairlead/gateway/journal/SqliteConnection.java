package io.fairlead.gateway.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/// One connection to an SQLite file with its prepared statements, for one thread at a time: others wait.
///
/// After any error it is closed, which rolls back, and opened again before its next use: so no transaction
/// ever begins with what is left of one that failed.
final class SqliteConnection implements AutoCloseable {
    private final SqliteFile file;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Session session;
    private boolean closed;

    SqliteConnection(SqliteFile file) {
        this.file = file;
    }

    /// What is done in one transaction.
    interface Work<T extends @Nullable Object> {
        T run(Session session) throws SQLException;
    }

    /// An open connection.
    static final class Session {
        private final Connection connection;
        private final JdbcTemplate jdbc;
        private final Map<String, PreparedStatement> statements = new HashMap<>();

        private Session(Connection connection) {
            this.connection = connection;
            this.jdbc = new JdbcTemplate(new SingleConnectionDataSource(connection, true));
        }

        JdbcTemplate jdbc() {
            return jdbc;
        }

        /// The statement of an SQL text, prepared once.
        PreparedStatement statement(String sql) throws SQLException {
            PreparedStatement statement = statements.get(sql);
            if (statement == null) {
                statement = connection.prepareStatement(sql);
                statements.put(sql, statement);
            }
            return statement;
        }
    }

    /// Runs in a transaction and commits it.
    ///
    /// @throws StoreException after everything has been rolled back, unless it is UNCERTAIN
    <T extends @Nullable Object> T transaction(Work<T> work) {
        lock.lock();
        boolean committing = false;
        boolean done = false;
        try {
            Session open = open();
            T result = work.run(open);
            committing = true;
            open.connection.commit();
            done = true;
            return result;
        } catch (SQLException | DataAccessException e) {
            throw SqliteErrors.translate(e, file.toString(), committing);
        } finally {
            if (!done) {
                disconnect();
            }
            lock.unlock();
        }
    }

    private Session open() throws SQLException {
        if (closed) {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "journal " + file + ": closed", null);
        }
        if (session == null) {
            session = new Session(file.connect());
        }
        return session;
    }

    private void disconnect() {
        if (session != null) {
            try {
                session.connection.close();
            } catch (SQLException e) {
                // Whoever called gets the error that led here; the file itself is gone from this process either way.
                System.Logger.Level level = System.Logger.Level.DEBUG;
                System.getLogger(SqliteConnection.class.getName()).log(level, "cannot close", e);
            }
            session = null;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            disconnect();
        } finally {
            lock.unlock();
        }
    }
}
