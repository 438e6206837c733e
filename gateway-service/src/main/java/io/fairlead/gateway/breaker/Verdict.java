package io.fairlead.gateway.breaker;

import io.fairlead.wire.Status;

/// What a call's end says of the instance that had it.
public enum Verdict {
    /// The instance works, even where it says no: `NOT_FOUND` is an answer.
    SUCCESS,
    /// The instance did not do what it was asked for.
    FAILURE,
    /// Nothing: the caller gave up, or the instance is full, which is no defect and has remedies of its own.
    NONE;

    /// @param status that the call was answered with
    /// @param refused the instance did not run it
    public static Verdict of(Status status, boolean refused) {
        return switch (status) {
            case INTERNAL, UNAVAILABLE, UNKNOWN, DATA_LOSS -> FAILURE;
            // Refused with it: the call had no time left when it arrived, for which the instance need not be the cause.
            case DEADLINE_EXCEEDED -> refused ? NONE : FAILURE;
            case RESOURCE_EXHAUSTED, CANCELLED, UNIMPLEMENTED -> NONE;
            case OK,
                    INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    UNAUTHENTICATED -> refused ? NONE : SUCCESS;
        };
    }
}
