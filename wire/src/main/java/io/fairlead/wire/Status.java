package io.fairlead.wire;

/// How a call ended: gRPC's canonical codes, with the same numbers and meaning.
///
/// Two of them carry Fairlead's promise: [#UNAVAILABLE] says that the call certainly did not run and may be tried
/// again,
/// [#UNKNOWN] that it may have run. Which to use when: a wrong request is [#INVALID_ARGUMENT], a right one at the wrong
/// time [#FAILED_PRECONDITION]; whatever repeating the same call a little later may cure is [#UNAVAILABLE] or
/// [#RESOURCE_EXHAUSTED]; what only repeating a whole sequence may cure is [#ABORTED].
///
/// Source: `google/rpc/code.proto`.
public enum Status {
    /// Done.
    OK,
    /// The caller no longer wants the answer.
    CANCELLED,
    /// May have run: the worker died or was cut off after the call was written to it.
    UNKNOWN,
    /// The request is wrong whatever the state of the system.
    INVALID_ARGUMENT,
    /// The deadline passed. The call may have run.
    DEADLINE_EXCEEDED,
    /// What the request names does not exist.
    NOT_FOUND,
    /// What the request would create exists.
    ALREADY_EXISTS,
    /// The caller is known and has no right to this.
    PERMISSION_DENIED,
    /// A limit is reached: queue, rate, concurrency, disk.
    RESOURCE_EXHAUSTED,
    /// The system is not in the state that the request needs; repeating does not help before the state is changed.
    FAILED_PRECONDITION,
    /// Given up because of others at the same time; repeat the whole sequence.
    ABORTED,
    /// Past a valid range.
    OUT_OF_RANGE,
    /// Nobody offers this service or method.
    UNIMPLEMENTED,
    /// The handler failed.
    INTERNAL,
    /// Certainly not run; try again.
    UNAVAILABLE,
    /// Data was lost or damaged beyond repair.
    DATA_LOSS,
    /// The caller has not said, or not proved, who it is.
    UNAUTHENTICATED;

    private static final Status[] BY_CODE = values();

    /// The number on the wire, 0 to 16.
    public int code() {
        return ordinal();
    }

    /// The status of a number on the wire; an unknown number is read as [#UNKNOWN], as gRPC does.
    public static Status of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
    }
}
