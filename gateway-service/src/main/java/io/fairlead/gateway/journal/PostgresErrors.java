package io.fairlead.gateway.journal;

import io.fairlead.gateway.journal.StoreException.Kind;
import java.sql.SQLException;

/// What PostgreSQL's SQL states mean for a message.
final class PostgresErrors {
    private static final String DISK_FULL = "53100";

    private PostgresErrors() {}

    /// @param committing whether the error is that of the commit itself
    static StoreException translate(Throwable error, String place, boolean committing) {
        String state = state(error);
        String what = "journal " + place + ": ";
        if (committing) {
            return new StoreException(Kind.UNCERTAIN, what + "the commit failed: " + error.getMessage(), error);
        }
        if (state.equals(DISK_FULL)) {
            return new StoreException(
                    Kind.FULL, what + "no room on PostgreSQL's disk: make room, it goes on by itself", error);
        }
        if (isDamage(error)) {
            return new StoreException(
                    Kind.DAMAGED,
                    what + "damaged: " + error.getMessage()
                            + " (expected: a sound database): restore PostgreSQL's backup",
                    error);
        }
        return new StoreException(Kind.UNAVAILABLE, what + error.getMessage(), error);
    }

    static boolean isDamage(Throwable error) {
        String state = state(error);
        return state.equals("XX001") || state.equals("XX002");
    }

    private static String state(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return sql.getSQLState();
            }
        }
        return "";
    }
}
