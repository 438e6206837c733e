package io.fairlead.link.call;

import io.fairlead.wire.Metadata;
import io.fairlead.wire.Status;
import java.time.Duration;

/// A call ended with a status other than OK.
///
/// [#certainlyNotRun] tells whether repeating it is safe without a key. Has no stack trace of its own: it is made on an
/// event loop, whose stack says nothing to the caller; see [#withStackTrace].
public final class CallException extends RuntimeException {
    private final Status status;
    private final boolean certainlyNotRun;
    private final Duration retryAfter;
    private final transient Metadata metadata;

    /// @param retryAfter hint of the other side; zero = none
    public CallException(
            Status status, String message, boolean certainlyNotRun, Duration retryAfter, Metadata metadata) {
        super(status + ": " + message, null, false, false);
        this.status = status;
        this.certainlyNotRun = certainlyNotRun;
        this.retryAfter = retryAfter;
        this.metadata = metadata;
    }

    /// The call certainly did not run.
    public static CallException notRun(Status status, String message) {
        return new CallException(status, message, true, Duration.ZERO, Metadata.EMPTY);
    }

    /// The call may have run.
    public static CallException mayHaveRun(Status status, String message) {
        return new CallException(status, message, false, Duration.ZERO, Metadata.EMPTY);
    }

    private CallException(CallException original) {
        super(original.getMessage(), null, false, true);
        this.status = original.status;
        this.certainlyNotRun = original.certainlyNotRun;
        this.retryAfter = original.retryAfter;
        this.metadata = original.metadata;
    }

    /// The same failure with the stack of the current thread, for a caller who waited.
    public CallException withStackTrace() {
        return new CallException(this);
    }

    /// Never OK.
    public Status status() {
        return status;
    }

    /// Whether no handler can have seen the call.
    public boolean certainlyNotRun() {
        return certainlyNotRun;
    }

    /// When to try again; zero = no hint.
    public Duration retryAfter() {
        return retryAfter;
    }

    /// What came with the answer.
    public Metadata metadata() {
        return metadata;
    }
}
