package io.fairlead.gateway.breaker;

import io.fairlead.wire.Status;
import java.util.Arrays;
import java.util.Comparator;

/// Why a call counts as failed, as a breaker's events name it: one for each status, without a stack, because it is no
/// error of this process.
public final class CallFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// By code.
    private static final CallFailure[] BY_STATUS = Arrays.stream(Status.values())
            .sorted(Comparator.comparingInt(Status::code))
            .map(CallFailure::new)
            .toArray(CallFailure[]::new);

    private final Status status;

    private CallFailure(Status status) {
        super(status.name(), null, false, false);
        this.status = status;
    }

    static CallFailure of(Status status) {
        return BY_STATUS[status.code()];
    }

    /// What the call ended with.
    public Status status() {
        return status;
    }
}
