package io.fairlead.starter.inbox;

/// The inbox could not keep what a handler did, which was rolled back.
final class InboxException extends RuntimeException {
    InboxException(String message, Throwable cause) {
        super(message, cause);
    }

    /// A key was committed elsewhere between the look at it and its insert.
    static final class KeyTaken extends RuntimeException {
        KeyTaken(Throwable cause) {
            super("the key was kept elsewhere meanwhile", cause);
        }
    }

    /// A commit failed: it may have happened or not.
    static final class Commit extends RuntimeException {
        Commit(Throwable cause) {
            super("commit failed: " + cause.getMessage(), cause);
        }
    }
}
