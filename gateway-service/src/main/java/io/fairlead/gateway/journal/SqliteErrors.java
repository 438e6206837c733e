package io.fairlead.gateway.journal;

import io.fairlead.gateway.journal.StoreException.Kind;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteException;

/// What SQLite's result codes mean for a message.
final class SqliteErrors {
    private static final int IOERR = 10;
    private static final int CORRUPT = 11;
    private static final int FULL = 13;
    private static final int NOTADB = 26;

    private SqliteErrors() {}

    /// @param committing whether the error is that of the commit itself
    static StoreException translate(Throwable error, String place, boolean committing) {
        int code = code(error);
        // A frame that does not fit into the log makes the commit void, whichever of its frames it is.
        if (code == FULL) {
            return new StoreException(
                    Kind.FULL, "journal " + place + ": no room on the disk: make room, it goes on by itself", error);
        }
        if (isDamage(code)) {
            return damaged(place, error.getMessage(), error);
        }
        if (committing) {
            return new StoreException(
                    Kind.UNCERTAIN, "journal " + place + ": the commit failed: " + error.getMessage(), error);
        }
        String remedy = code == IOERR ? ": look at the disk" : "";
        return new StoreException(Kind.UNAVAILABLE, "journal " + place + ": " + error.getMessage() + remedy, error);
    }

    /// The database cannot be read, and this is what to do.
    static StoreException damaged(String file, @Nullable String what, @Nullable Throwable cause) {
        return new StoreException(
                Kind.DAMAGED,
                "journal " + file + ": damaged: " + what
                        + " (expected: a sound database): stop the gateway, keep a copy,"
                        + " and restore the backup, or save what can be read: sqlite3 " + file
                        + " .recover | sqlite3 recovered.db; it is never emptied by itself",
                cause);
    }

    static boolean isDamage(Throwable error) {
        return isDamage(code(error));
    }

    private static boolean isDamage(int code) {
        return code == CORRUPT || code == NOTADB;
    }

    /// The primary result code; 0 if there is none.
    private static int code(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLiteException sqlite) {
                return sqlite.getResultCode().code & 0xff;
            }
            if (cause instanceof SQLException sql && sql.getErrorCode() > 0) {
                return sql.getErrorCode() & 0xff;
            }
        }
        return 0;
    }
}
