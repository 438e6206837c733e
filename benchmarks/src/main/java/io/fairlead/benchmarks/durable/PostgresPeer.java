package io.fairlead.benchmarks.durable;

import io.fairlead.benchmarks.load.LoadOptions;
import io.fairlead.benchmarks.load.Measurement;
import io.fairlead.benchmarks.load.Peer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// One insert a commit: a connection and a virtual thread for each message in flight.
final class PostgresPeer implements Peer {
    private final String url;

    PostgresPeer(int port) throws SQLException {
        url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
        execute(
                "DROP TABLE IF EXISTS messages",
                "CREATE TABLE messages (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload bytea NOT NULL)");
    }

    @Override
    public void run(LoadOptions load, byte[] payload, Measurement measurement) throws Exception {
        List<Connection> connections = new ArrayList<>();
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < load.window(); i++) {
                connections.add(DriverManager.getConnection(url)); // commits each statement
            }
            List<Future<?>> running = new ArrayList<>();
            for (Connection connection : connections) {
                running.add(senders.submit(() -> insert(connection, payload, measurement)));
            }
            for (Future<?> sender : running) {
                sender.get();
            }
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    private static void insert(Connection connection, byte[] payload, Measurement measurement) {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO messages (payload) VALUES (?)")) {
            while (!measurement.isOver()) {
                long sentNanos = measurement.send();
                insert.setBytes(1, payload);
                insert.executeUpdate();
                measurement.answered(sentNanos);
            }
        } catch (SQLException e) {
            measurement.failed(e);
        }
    }

    @Override
    public void close() throws SQLException {
        execute("DROP TABLE messages");
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
