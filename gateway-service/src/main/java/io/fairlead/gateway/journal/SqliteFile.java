package io.fairlead.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.gateway.journal.StoreException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.ScriptUtils;
import org.sqlite.SQLiteConfig;

/// The file of an embedded journal: made whole or not at all, checked before it is used, and used by one
/// process.
final class SqliteFile implements AutoCloseable {
    private static final ClassPathResource SCHEMA = new ClassPathResource("schema-sqlite.sql", SqliteFile.class);
    private static final String SCHEMA_VERSION = "1";
    private static final int BUSY_MILLIS = 10_000;
    private static final int PAGE_BYTES = 4096;

    /// Length of the log at which the writer itself copies it into the database.
    private static final int CHECKPOINT_PAGES = 8000;

    private final Path path;
    private final FileChannel lockFile;

    private SqliteFile(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /// Locks the file for this process, makes it if there is none, and checks it.
    ///
    /// @throws StoreException DAMAGED if it is not sound; UNAVAILABLE if another process has it, or it cannot
    ///     be made
    static SqliteFile open(Path given) {
        Path path = given.toAbsolutePath().normalize();
        FileChannel lockFile = lock(path);
        SqliteFile file = new SqliteFile(path, lockFile);
        try {
            if (Files.notExists(path)) {
                file.create();
            }
            file.check();
            return file;
        } catch (IOException | SQLException e) {
            file.close();
            throw SqliteErrors.isDamage(e)
                    ? SqliteErrors.damaged(path.toString(), e.getMessage(), e)
                    : SqliteErrors.translate(e, path.toString(), false);
        } catch (StoreException e) {
            file.close();
            throw e;
        }
    }

    /// The database.
    Path path() {
        return path;
    }

    /// A connection like all others to it, with `autoCommit` off.
    Connection connect() throws SQLException {
        if (Files.notExists(path)) { // SQLite would make an empty one
            throw SqliteErrors.damaged(path.toString(), "the file has gone", null);
        }
        Connection connection = connect(path, SQLiteConfig.JournalMode.WAL);
        try {
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private static Connection connect(Path path, SQLiteConfig.JournalMode mode) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setPageSize(PAGE_BYTES);
        config.setJournalMode(mode);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(BUSY_MILLIS);
        config.setCacheSize(-64 * 1024);
        config.setTempStore(SQLiteConfig.TempStore.MEMORY);
        Connection connection = config.createConnection("jdbc:sqlite:" + path);
        try (Statement statement = connection.createStatement()) {
            statement.execute("pragma wal_autocheckpoint = " + CHECKPOINT_PAGES);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /// A new database comes to its name only when it is complete: one that is empty has been damaged.
    private void create() throws IOException, SQLException {
        for (Path log : List.of(SqliteLog.of(path), MessageLog.of(path))) {
            if (Files.exists(log) && Files.size(log) > 0) {
                throw SqliteErrors.damaged(path.toString(), "the file has gone, its log " + log + " is there", null);
            }
        }
        Path made = Path.of(path + ".new");
        Files.deleteIfExists(made);
        try (Connection connection = connect(made, SQLiteConfig.JournalMode.DELETE)) {
            connection.setAutoCommit(false);
            ScriptUtils.executeSqlScript(connection, SCHEMA);
            try (var insert = connection.prepareStatement("insert into fairlead_journal_meta values (?, ?)")) {
                String[][] meta = {
                    {
                        "id",
                        HexFormat.of()
                                .toHexDigits(RandomGenerator.of("SecureRandom").nextLong())
                    },
                    {"schema", SCHEMA_VERSION},
                    {"lanes", Integer.toString(SqlStore.LANES)},
                    {"starts", "0"}
                };
                for (String[] entry : meta) {
                    insert.setString(1, entry[0]);
                    insert.setString(2, entry[1]);
                    insert.executeUpdate();
                }
            }
            connection.commit();
        }
        Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(path.getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private void check() throws IOException, SQLException {
        if (Files.size(path) == 0) {
            throw SqliteErrors.damaged(path.toString(), "the file is empty", null);
        }
        Path log = SqliteLog.of(path);
        if (SqliteLog.hasLostCommits(log)) {
            throw SqliteErrors.damaged(log.toString(), "commits behind a damaged frame would be forgotten", null);
        }
        try (Connection connection = connect(path, SQLiteConfig.JournalMode.WAL);
                Statement statement = connection.createStatement()) {
            String verdict = text(statement, "pragma quick_check(1)");
            if (!verdict.equals("ok")) {
                throw SqliteErrors.damaged(path.toString(), verdict, null);
            }
            String tables = "select count(*) from sqlite_schema where name = 'fairlead_journal_meta'";
            if (text(statement, tables).equals("0")) {
                throw SqliteErrors.damaged(path.toString(), "this is not a journal of Fairlead", null);
            }
            String version = text(statement, "select value from fairlead_journal_meta where name = 'schema'");
            if (!version.equals(SCHEMA_VERSION)) {
                throw new StoreException(
                        Kind.UNAVAILABLE,
                        "journal " + path + ": schema version: " + version + " (expected: " + SCHEMA_VERSION
                                + "): use the gateway that made it, or another file",
                        null);
            }
            connection.setAutoCommit(false);
            ScriptUtils.executeSqlScript(connection, SCHEMA);
            connection.commit();
        }
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "nothing";
        }
    }

    private static FileChannel lock(Path path) {
        Path name = Path.of(path + ".lock");
        try {
            Files.createDirectories(path.getParent());
            FileChannel channel = FileChannel.open(
                    name, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = null;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                // This process has it itself: the same as any other
            }
            if (lock != null) {
                channel.truncate(0);
                channel.write(UTF_8.encode(ProcessHandle.current().pid() + "\n"));
                return channel;
            }
            String holder = Files.readString(name).trim();
            channel.close();
            throw new StoreException(
                    Kind.UNAVAILABLE,
                    "journal " + path + ": in use by process " + holder
                            + " (expected: by none): give each gateway its own"
                            + " fairlead.gateway.journal.url or fairlead.name, or let them share a PostgreSQL",
                    null);
        } catch (IOException e) {
            throw new StoreException(
                    Kind.UNAVAILABLE,
                    "journal " + path + ": " + e + " (expected: a directory that can be written to): change"
                            + " fairlead.gateway.journal.url",
                    e);
        }
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new StoreException(Kind.UNAVAILABLE, "journal " + path + ": cannot be unlocked: " + e, e);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
