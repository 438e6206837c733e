package io.fairlead.cli.suite;

import org.jspecify.annotations.Nullable;

/// A gateway's admin did not do what it was asked to, and says why.
public final class AdminRefusal extends SuiteException {
    private final int status;

    AdminRefusal(int status, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /// Whether what was asked for is not there.
    public boolean isNotFound() {
        return status == 404;
    }

    /// Whether it does not know the account, which it will not a moment later either.
    public boolean isOfAccount() {
        return status == 401 || status == 403;
    }
}
