package io.fairlead.wire;

/// How a call ended: gRPC's canonical codes, with the same numbers and meaning.
///
/// Two of them carry Fairlead's promise: [#UNAVAILABLE] says that the call certainly did not run and may be tried
/// again, [#UNKNOWN] that it may have run. Which to use when: a wrong request is [#INVALID_ARGUMENT], a right one at
/// the wrong time [#FAILED_PRECONDITION]; whatever repeating the same call a little later may cure is [#UNAVAILABLE]
/// or [#RESOURCE_EXHAUSTED]; what only repeating a whole sequence may cure is [#ABORTED].
///
/// Source: `google/rpc/code.proto`.
public enum Status {
    /// Done.
    OK(0),
    /// The caller no longer wants the answer.
    CANCELLED(1),
    /// May have run: the worker died or was cut off after the call was written to it.
    UNKNOWN(2),
    /// The request is wrong whatever the state of the system.
    INVALID_ARGUMENT(3),
    /// The deadline passed. The call may have run.
    DEADLINE_EXCEEDED(4),
    /// What the request names does not exist.
    NOT_FOUND(5),
    /// What the request would create exists.
    ALREADY_EXISTS(6),
    /// The caller is known and has no right to this.
    PERMISSION_DENIED(7),
    /// A limit is reached: queue, rate, concurrency, disk.
    RESOURCE_EXHAUSTED(8),
    /// The system is not in the state that the request needs; repeating does not help before the state is changed.
    FAILED_PRECONDITION(9),
    /// Given up because of others at the same time; repeat the whole sequence.
    ABORTED(10),
    /// Past a valid range.
    OUT_OF_RANGE(11),
    /// Nobody offers this service or method.
    UNIMPLEMENTED(12),
    /// The handler failed.
    INTERNAL(13),
    /// Certainly not run; try again.
    UNAVAILABLE(14),
    /// Data was lost or damaged beyond repair.
    DATA_LOSS(15),
    /// The caller has not said, or not proved, who it is.
    UNAUTHENTICATED(16);

    private static final Status[] BY_CODE = values();

    private final int code;

    Status(int code) {
        this.code = code;
    }

    /// The number on the wire, 0 to 16.
    public int code() {
        return code;
    }

    /// The status of a number on the wire; an unknown number is read as [#UNKNOWN], as gRPC does.
    public static Status of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
    }
}
