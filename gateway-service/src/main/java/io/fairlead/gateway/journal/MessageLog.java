package io.fairlead.gateway.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fairlead.gateway.journal.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The file before an embedded database: what is in a record that has been synced is not lost, and stays here
/// until the database has it on disk, too.
///
/// ```
///  file    magic 8 | id of the store, in hexadecimal 16 | zeros up to 4096 | records, in a ring
///  record  length 4 | CRC-32C 4 | sequence number 8 | body | zeros up to a multiple of 8
/// ```
///
/// A record is found by its number and its checksum: behind the one before it, or else at the beginning of
/// the ring. The checksum is of all but itself and of its writer's number, a random one for each start: what
/// another one has left, or a sender has made up, is none of this one's. The file is written before it is
/// used, because to sync what a file grows by takes longer; it grows only while the ring has no room.
///
/// One thread at a time appends and syncs; another may release beside it.
final class MessageLog implements AutoCloseable {
    /// Bytes in front of the body of a record, which [#append] fills.
    static final int HEADER_BYTES = 16;

    /// Records that may not be on disk at any moment: one whose sync has failed, and the next two.
    private static final int MOST_UNSYNCED = 3;

    private static final byte[] MAGIC = "FLDLOG01".getBytes(US_ASCII);
    private static final int START = 4096;
    private static final int GROWTH = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final long maxBytes;
    private final CRC32C crc = new CRC32C();

    // Of the thread that appends
    private long size;
    private Position last;
    private long writer;

    private volatile Position released;

    /// A record.
    ///
    /// @param sequence its number
    /// @param end where it ends in the file
    record Position(long sequence, long end) {
        static final Position NONE = new Position(0, START);
    }

    private MessageLog(Path path, FileChannel channel, Position released, long writer, long maxBytes)
            throws IOException {
        this.path = path;
        this.channel = channel;
        this.writer = writer;
        this.maxBytes = maxBytes;
        this.size = channel.size();
        this.released = released;
        this.last = released;
    }

    /// The log of a database.
    static Path of(Path database) {
        return Path.of(database + "-log");
    }

    /// Makes an empty log.
    ///
    /// @param id of the store that it belongs to
    /// @param writer who writes it now
    static MessageLog create(Path path, String id, long writer, long maxBytes) throws IOException {
        FileChannel channel = FileChannel.open(
                path,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        ByteBuffer header = ByteBuffer.allocate(START);
        header.put(MAGIC).put(id.getBytes(US_ASCII)).rewind();
        write(channel, header, 0);
        channel.force(true);
        try (FileChannel directory = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
        return new MessageLog(path, channel, Position.NONE, writer, maxBytes);
    }

    /// Opens a log and reads what has not been released.
    ///
    /// @param id of the store that it belongs to
    /// @param released the last record that the database has
    /// @param before who wrote it
    /// @param writer who writes it now, a random number
    /// @param records gets the bodies of those after it, in their order; they are [#last] then
    /// @throws StoreException DAMAGED if it is not of this store, or records are missing of which others can
    ///     be read that were written after they had been synced
    static MessageLog open(
            Path path,
            String id,
            Position released,
            long before,
            long writer,
            long maxBytes,
            Consumer<ByteBuffer> records)
            throws IOException {
        if (Files.notExists(path)) {
            throw damaged(path, "it has gone");
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            MessageLog log = new MessageLog(path, channel, released, before, maxBytes);
            log.replay(id, records);
            log.writer = writer;
            return log;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void replay(String id, Consumer<ByteBuffer> records) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (file.hasRemaining() && channel.read(file, file.position()) >= 0) {}
        file.flip();
        byte[] header = new byte[MAGIC.length + id.length()];
        if (file.limit() < START || !hasHeader(file, header, id)) {
            throw damaged(path, "this is not the log of journal " + id);
        }
        while (true) {
            long wanted = last.sequence() + 1;
            int at = find(file, wanted);
            if (at < 0) {
                refuseIfMissing(file, wanted);
                return;
            }
            int length = file.getInt(at);
            records.accept(file.slice(at + HEADER_BYTES, length - HEADER_BYTES));
            last = new Position(wanted, at + padded(length));
        }
    }

    private static boolean hasHeader(ByteBuffer file, byte[] header, String id) {
        file.get(0, header);
        return new String(header, US_ASCII).equals(new String(MAGIC, US_ASCII) + id);
    }

    private int find(ByteBuffer file, long sequence) {
        int next = (int) last.end();
        if (isRecord(file, next) && file.getLong(next + 8) == sequence) {
            return next;
        }
        return isRecord(file, START) && file.getLong(START + 8) == sequence ? START : -1;
    }

    private void refuseIfMissing(ByteBuffer file, long wanted) {
        for (int at = START; at + HEADER_BYTES <= file.limit(); at += 8) {
            long ahead = file.getLong(at + 8) - wanted;
            if (ahead >= MOST_UNSYNCED && ahead <= file.limit() / HEADER_BYTES && isRecord(file, at)) {
                throw damaged(path, "record " + wanted + " cannot be read, and one that was written later can");
            }
        }
    }

    private boolean isRecord(ByteBuffer file, int at) {
        if (at + HEADER_BYTES > file.limit()) {
            return false;
        }
        int length = file.getInt(at);
        return length >= HEADER_BYTES
                && length <= file.limit() - at
                && file.getInt(at + 4) == checksum(file.slice(at, length));
    }

    /// Writes a record behind the others; [#sync] puts it on disk.
    ///
    /// @param record its body behind [#HEADER_BYTES] that are to be filled; read to its end
    /// @return where it is; null if there is no room before others have been released
    /// @throws StoreException FULL or UNAVAILABLE if nothing was written, else UNCERTAIN
    @Nullable Position append(ByteBuffer record) {
        int length = record.remaining();
        long at = place(padded(length));
        if (at < 0) {
            return null;
        }
        long sequence = last.sequence() + 1;
        record.putInt(0, length).putLong(8, sequence).putInt(4, checksum(record.duplicate()));
        try {
            write(channel, record, at);
        } catch (IOException e) {
            throw new StoreException(Kind.UNCERTAIN, "journal " + path + ": " + e + ": look at the disk", e);
        }
        last = new Position(sequence, at + padded(length));
        return last;
    }

    /// The last record.
    Position last() {
        return last;
    }

    /// The last record that was released.
    Position released() {
        return released;
    }

    /// Whether there is a log, rather than what was left when one was being made.
    static boolean exists(Path path) throws IOException {
        return Files.exists(path) && Files.size(path) >= START;
    }

    /// Whether a record of so many bytes has room when all others are released.
    boolean fits(int bytes) {
        return START + bytes + GROWTH <= maxBytes;
    }

    private long place(int bytes) {
        Position first = released;
        if (first.sequence() == last.sequence()) {
            // All are released, so nobody releases now: what comes next is in use from here.
            released = new Position(first.sequence(), START);
            return reaches(START + bytes) ? START : -1;
        }
        long end = last.end();
        if (end < first.end()) {
            return end + bytes < first.end() ? end : -1;
        }
        if (end + bytes > size && START + bytes < first.end()) {
            return START;
        }
        return reaches(end + bytes) ? end : -1;
    }

    private boolean reaches(long end) {
        if (end <= size) {
            return true;
        }
        long wanted = (end + GROWTH - 1) / GROWTH * GROWTH;
        if (wanted > maxBytes) {
            return false;
        }
        try {
            write(channel, ByteBuffer.allocate((int) (wanted - size)), size);
        } catch (IOException e) {
            String text = String.valueOf(e.getMessage());
            boolean full = text.contains("No space") || text.contains("quota");
            throw new StoreException(
                    full ? Kind.FULL : Kind.UNAVAILABLE,
                    "journal " + path + ": " + (full ? "no room on the disk: make room, it goes on by itself" : text),
                    e);
        }
        size = wanted;
        return true;
    }

    /// Returns when all is on disk that was appended before.
    void sync() throws IOException {
        channel.force(false);
    }

    /// The database has this record and all before it.
    void release(Position position) {
        released = position;
    }

    private int checksum(ByteBuffer record) {
        crc.reset();
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (writer >>> shift));
        }
        crc.update(record.slice(0, 4));
        crc.update(record.slice(8, record.remaining() - 8));
        return (int) crc.getValue();
    }

    private static int padded(int bytes) {
        return (bytes + 7) & ~7;
    }

    private static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        long next = at;
        while (bytes.hasRemaining()) {
            next += channel.write(bytes, next);
        }
    }

    private static StoreException damaged(Path path, String what) {
        return new StoreException(
                Kind.DAMAGED,
                "journal " + path + ": " + what + " (expected: all that was acknowledged and is not in the database"
                        + " yet): stop the gateway, keep a copy, and restore all its files from one backup; or go on"
                        + " without what is only in it: sqlite3 DATABASE \"delete from fairlead_journal_meta where"
                        + " name = 'log'\"; it is never emptied by itself",
                null);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
