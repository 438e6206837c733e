package io.fairlead.cli.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Who writes to a SQLite database at the moment, as Linux shows its locks. SQLite's write lock in WAL mode is that on
/// byte 120 of the file beside the database (its "WAL-index" format).
final class EmbeddedDatabase {
    private static final Path LOCKS = Path.of("/proc/locks");
    private static final long WRITE_LOCK = 120;

    private EmbeddedDatabase() {}

    /// Whether a process holds the write lock of some database; false where locks are not shown.
    static boolean isWrittenBy(long pid) {
        try {
            return Files.isReadable(LOCKS) && isWrittenBy(pid, Files.readAllLines(LOCKS, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // Not shown after all.
            return false;
        }
    }

    /// @param locks such as `3: POSIX  ADVISORY  WRITE 4711 fd:01:1234 120 120`
    static boolean isWrittenBy(long pid, List<String> locks) {
        return locks.stream()
                .map(line -> line.strip().split("\\s+"))
                .anyMatch(lock -> lock.length == 8
                        && lock[3].equals("WRITE")
                        && lock[4].equals(Long.toString(pid))
                        && covers(lock[6], lock[7]));
    }

    private static boolean covers(String first, String last) {
        return Long.parseLong(first) <= WRITE_LOCK && !last.equals("EOF") && Long.parseLong(last) >= WRITE_LOCK;
    }
}
