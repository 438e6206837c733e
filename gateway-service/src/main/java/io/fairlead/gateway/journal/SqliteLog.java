package io.fairlead.gateway.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Looks for damage in SQLite's write-ahead log before SQLite reads it. SQLite takes the first frame with a
/// wrong checksum for the end of the log and forgets all behind it, acknowledged or not: right after a power
/// cut, which tears at most the one transaction that was not on disk yet, and wrong after a bit has flipped.
///
/// ```
///  header  magic 4 | version 4 | page size 4 | sequence 4 | salts 8 | checksum 8
///  frame   page 4 | pages after a commit, or 0: 4 | salts 8 | checksum 8 | page
///  each checksum goes on from the one before
/// ```
///
/// Source: sqlite.org/fileformat2.html#walformat.
final class SqliteLog {
    private static final int MAGIC = 0x377f0682; // the lowest bit: checksums of big-endian words
    private static final int HEADER_BYTES = 32;
    private static final int FRAME_HEADER_BYTES = 24;

    private SqliteLog() {}

    /// The log of a database.
    static Path of(Path database) {
        return Path.of(database + "-wal");
    }

    /// Whether two or more commits follow each other behind the place where SQLite would stop: the first of
    /// them was on disk before the second was written.
    static boolean hasLostCommits(Path log) throws IOException {
        if (Files.notExists(log) || Files.size(log) <= HEADER_BYTES) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
            ByteBuffer header = read(channel, 0, HEADER_BYTES);
            int magic = header.getInt(0);
            header.order((magic & 1) == 1 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            long sum = checksum(header, 0, 24, 0);
            header.order(ByteOrder.BIG_ENDIAN);
            int pageBytes = header.getInt(8);
            if ((magic & ~1) != MAGIC || pageBytes < 512 || pageBytes > 65_536 || sum != header.getLong(24)) {
                return !isBlank(header); // it fits into a sector, so nothing tears it
            }
            return hasLostCommits(channel, (magic & 1) == 1, header.getLong(16), sum, pageBytes);
        }
    }

    private static boolean hasLostCommits(
            FileChannel channel, boolean bigEndian, long salts, long headerSum, int pageBytes) throws IOException {
        int frameBytes = FRAME_HEADER_BYTES + pageBytes;
        long stored = headerSum;
        boolean stopped = false;
        int commits = 0;
        for (long at = HEADER_BYTES; at + frameBytes <= channel.size(); at += frameBytes) {
            ByteBuffer frame = read(channel, at, frameBytes);
            frame.order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            long sum = checksum(frame, 0, 8, stored);
            sum = checksum(frame, FRAME_HEADER_BYTES, frameBytes, sum);
            frame.order(ByteOrder.BIG_ENDIAN);
            stored = frame.getLong(16);
            boolean follows = sum == stored && frame.getLong(8) == salts;
            if (!follows) {
                stopped = true;
                commits = 0;
            } else if (stopped && frame.getInt(4) != 0 && ++commits == 2) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBlank(ByteBuffer header) {
        for (int i = 0; i < HEADER_BYTES; i++) {
            if (header.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /// SQLite's checksum, both halves in one number, over words in the buffer's order.
    private static long checksum(ByteBuffer bytes, int from, int to, long before) {
        int first = (int) (before >>> 32);
        int second = (int) before;
        for (int i = from; i < to; i += 8) {
            first += bytes.getInt(i) + second;
            second += bytes.getInt(i + 4) + first;
        }
        return ((long) first << 32) | (second & 0xffff_ffffL);
    }

    private static ByteBuffer read(FileChannel channel, long at, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {}
        return buffer.flip().limit(bytes);
    }
}
