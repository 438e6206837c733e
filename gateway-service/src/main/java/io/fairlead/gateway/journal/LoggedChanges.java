package io.fairlead.gateway.journal;

import io.fairlead.gateway.journal.MessageLog.Position;
import io.fairlead.gateway.journal.SqliteConnection.Session;
import io.fairlead.gateway.journal.StoreException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Changes on their way into the database: at once into the log, which alone has to be synced before they are
/// acknowledged, and a moment later into the tables, many in one transaction. SQLite writes several pages for
/// the smallest transaction, and a message that has ended meanwhile is written to the tables once instead of
/// twice.
///
/// ```
///  write ──▶ log, sync ──▶ acknowledged
///    └─────▶ pending ────▶ tables, every 50 ms or 4,096 changes, and up to which record
/// ```
///
/// Who reads the tables calls [#apply] first, and finds what was written before. While the tables cannot be
/// written, nothing is taken, so that the log does not fill up with what may never get there.
///
/// One thread at a time writes, one syncs, any apply.
final class LoggedChanges implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(LoggedChanges.class);

    private static final String META = "log";
    private static final long MAX_LOG_BYTES = 32L << 20;
    private static final int MANY = 4_096;
    private static final int MOST_AT_ONCE = 8_192;
    private static final int KEPT_BUFFER_BYTES = 1 << 20;
    private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final SqliteConnection connection;
    private final ToIntFunction<Binding> bindings;
    private final SqliteTables tables;
    private final MessageLog log;
    private final long writer;
    private final Queue<Entry> pending = new ConcurrentLinkedQueue<>();
    private final AtomicInteger pendingChanges = new AtomicInteger();
    private final ReentrantLock applying = new ReentrantLock();
    private final Thread applier;

    // Of the thread that writes
    private ByteBuf buffer = Unpooled.buffer();

    // Of the thread that syncs: a sync has failed, and what it was for is not in the tables yet
    private boolean doubtful;

    private volatile long written;
    private volatile boolean resting;
    private volatile boolean closed;
    private volatile @Nullable Trouble trouble;

    private record Entry(Changes changes, Position position) {
        int size() {
            return changes.accepted().size()
                    + changes.ended().size()
                    + changes.failed().size();
        }
    }

    /// What the database says of the log: up to which record of which writer it has all, and whether that is
    /// all.
    private record State(Position position, long writer, boolean closed) {
        static State parse(String text) {
            String[] parts = text.split(" ", 4);
            Position position = new Position(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
            return new State(position, Long.parseLong(parts[2]), Boolean.parseBoolean(parts[3]));
        }

        @Override
        public String toString() {
            return position.sequence() + " " + position.end() + " " + writer + " " + closed;
        }
    }

    private record Trouble(StoreException cause, long atNanos) {}

    /// Opens the log of a database, and brings into the tables what is only in the log.
    ///
    /// @param id of the store
    /// @param ids numbers of bindings
    /// @param byId bindings of numbers, all that are in the database
    /// @throws StoreException if that is not possible
    static LoggedChanges open(
            Path database, String id, SqliteConnection connection, ToIntFunction<Binding> ids, Bindings byId) {
        Path path = MessageLog.of(database);
        List<Changes> found = new ArrayList<>();
        long writer = RandomGenerator.of("SecureRandom").nextLong();
        try {
            State state = connection.transaction(LoggedChanges::state);
            MessageLog log = state == null || (state.closed() && !MessageLog.exists(path))
                    ? MessageLog.create(path, id, writer, MAX_LOG_BYTES)
                    : MessageLog.open(
                            path,
                            id,
                            state.position(),
                            state.writer(),
                            writer,
                            MAX_LOG_BYTES,
                            body -> found.add(read(path, body, byId)));
            LoggedChanges changes = new LoggedChanges(connection, ids, log, writer);
            changes.begin(found);
            return changes;
        } catch (IOException e) {
            throw new StoreException(Kind.UNAVAILABLE, "journal " + path + ": " + e + ": look at the disk", e);
        }
    }

    private LoggedChanges(SqliteConnection connection, ToIntFunction<Binding> bindings, MessageLog log, long writer) {
        this.connection = connection;
        this.bindings = bindings;
        this.tables = new SqliteTables(bindings);
        this.log = log;
        this.writer = writer;
        this.applier = Thread.ofPlatform().daemon().name("journal-tables").unstarted(this::run);
    }

    private static Changes read(Path path, ByteBuffer body, Bindings bindings) {
        try {
            return LogRecord.read(Unpooled.wrappedBuffer(body), number -> {
                Binding binding = bindings.binding(number);
                if (binding == null) {
                    throw new IllegalArgumentException("binding: " + number + " (expected: in fairlead_binding)");
                }
                return binding;
            });
        } catch (RuntimeException e) {
            throw SqliteErrors.damaged(path.toString(), e.toString(), e);
        }
    }

    private void begin(List<Changes> found) {
        if (!found.isEmpty()) {
            logger.info("{} transactions were in the journal's log alone: they are in its tables now", found.size());
        }
        connection.transaction(session -> {
            tables.write(session, found);
            save(session, new State(log.last(), writer, false));
            return true;
        });
        log.release(log.last());
        written = log.last().sequence();
        applier.start();
    }

    /// Writes changes, whose messages have their ids and whose bindings have numbers, behind all others.
    ///
    /// @throws StoreException if they were not taken
    void write(Changes changes) {
        if (closed) {
            throw new StoreException(Kind.UNAVAILABLE, "the journal is closed", null);
        }
        retry();
        buffer.clear().writeZero(MessageLog.HEADER_BYTES);
        LogRecord.write(changes, bindings, buffer);
        try {
            if (log.fits(buffer.readableBytes())) {
                add(new Entry(changes, append(buffer)));
            } else {
                apply();
                connection.transaction(session -> {
                    tables.write(session, List.of(changes));
                    return true;
                });
            }
        } finally {
            if (buffer.capacity() > KEPT_BUFFER_BYTES) {
                buffer = Unpooled.buffer();
            }
        }
    }

    private void add(Entry entry) {
        pending.add(entry);
        written = entry.position().sequence();
        int size = entry.size();
        int all = pendingChanges.addAndGet(size);
        if (resting || (all >= MANY && all - size < MANY)) {
            LockSupport.unpark(applier);
        }
    }

    private Position append(ByteBuf record) {
        Position position = log.append(record.nioBuffer());
        if (position == null) {
            apply();
            position = log.append(record.nioBuffer());
        }
        if (position == null) {
            throw new IllegalStateException(record.readableBytes() + " bytes have no room in an empty log");
        }
        return position;
    }

    /// Returns when all is on disk that was written before.
    ///
    /// After a sync that failed the system may take what it could not write for written: the next one would
    /// succeed and mean nothing. So the tables must have it all before anything counts as on disk again.
    ///
    /// Source: Rebello et al., Can Applications Recover from fsync Failures?, USENIX ATC 2020.
    ///
    /// @throws StoreException UNCERTAIN if it may not be
    void sync() {
        try {
            if (doubtful) {
                apply();
                doubtful = false;
            } else {
                log.sync();
            }
        } catch (IOException | StoreException e) {
            doubtful = true;
            throw new StoreException(
                    Kind.UNCERTAIN, "journal: what was written may not be on disk: " + e + ": look at the disk", e);
        }
    }

    /// Returns when the tables have all that was written before.
    ///
    /// @throws StoreException if they cannot
    void apply() {
        long upTo = written;
        applying.lock();
        try {
            while (!pending.isEmpty() && pending.element().position().sequence() <= upTo) {
                applySome();
            }
            trouble = null;
        } catch (StoreException e) {
            trouble = new Trouble(e, System.nanoTime());
            throw e;
        } catch (RuntimeException e) {
            StoreException cause = new StoreException(Kind.UNAVAILABLE, "journal: its tables: " + e, e);
            trouble = new Trouble(cause, System.nanoTime());
            throw cause;
        } finally {
            applying.unlock();
        }
    }

    private void applySome() {
        List<Entry> some = new ArrayList<>();
        int size = 0;
        for (Entry entry : pending) {
            size += entry.size();
            if (size > MOST_AT_ONCE && !some.isEmpty()) {
                size -= entry.size();
                break;
            }
            some.add(entry);
        }
        Position last = some.getLast().position();
        connection.transaction(session -> {
            // A commit that has failed may be there all the same.
            State state = state(session);
            long there = state == null ? 0 : state.position().sequence();
            List<Changes> missing = some.stream()
                    .filter(entry -> entry.position().sequence() > there)
                    .map(Entry::changes)
                    .toList();
            if (!missing.isEmpty()) {
                tables.write(session, missing);
                save(session, new State(last, writer, false));
            }
            return true;
        });
        some.forEach(entry -> pending.remove());
        pendingChanges.addAndGet(-size);
        log.release(last);
    }

    /// While the tables cannot be written they are tried now and then, and nothing is taken.
    private void retry() {
        Trouble now = trouble;
        if (now == null) {
            return;
        }
        if (System.nanoTime() - now.atNanos() < RETRY_NANOS) {
            Kind kind = now.cause().kind() == Kind.UNCERTAIN
                    ? Kind.UNAVAILABLE
                    : now.cause().kind();
            throw new StoreException(kind, String.valueOf(now.cause().getMessage()), now.cause());
        }
        apply();
    }

    private void run() {
        while (!closed) {
            if (pending.isEmpty()) {
                resting = true;
                // Looked at again behind the flag: what came before it was set did not wake us.
                if (pending.isEmpty() && !closed) {
                    LockSupport.park(this);
                }
                resting = false;
                continue;
            }
            if (pendingChanges.get() < MANY && !closed) {
                LockSupport.parkNanos(this, LINGER_NANOS);
            }
            try {
                apply();
            } catch (StoreException e) {
                logger.debug("The tables cannot be written", e); // who writes next is told
                LockSupport.parkNanos(this, RETRY_NANOS);
            } catch (Error e) {
                logger.error("The tables cannot be written", e); // the thread must live
                LockSupport.parkNanos(this, RETRY_NANOS);
            }
        }
    }

    private static @Nullable State state(Session session) throws SQLException {
        PreparedStatement select = session.statement("select value from fairlead_journal_meta where name = ?");
        select.setString(1, META);
        try (ResultSet row = select.executeQuery()) {
            return row.next() ? State.parse(row.getString(1)) : null;
        }
    }

    private static void save(Session session, State state) throws SQLException {
        PreparedStatement save = session.statement(
                "insert into fairlead_journal_meta values (?, ?) on conflict (name) do update set value = excluded.value");
        save.setString(1, META);
        save.setString(2, state.toString());
        save.executeUpdate();
    }

    /// Brings all into the tables and closes the log. What cannot be brought there stays in it.
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(applier);
        try {
            applier.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (log) {
            apply();
            applying.lock();
            try {
                connection.transaction(session -> {
                    save(session, new State(log.released(), writer, pending.isEmpty()));
                    return true;
                });
            } finally {
                applying.unlock();
            }
        } catch (StoreException e) {
            logger.warn("The journal's log keeps what its tables could not take: {}", e.getMessage());
        } catch (IOException e) {
            throw new StoreException(Kind.UNAVAILABLE, "journal: its log cannot be closed: " + e, e);
        }
    }
}
