package io.fairlead.systemtests.faults;

import java.util.OptionalLong;

/// A fault that was put on the fleet. Times are of [System#nanoTime].
///
/// @param target host that it touches, such as `worker-1`
/// @param onsetNanos when it began
/// @param healedNanos when it had been undone, and who was killed was back in service
/// @param outOfChoice how long after the onset the last gateway had taken the target out of its choice; empty
///     if it does not apply or was not seen
/// @param joined how long after a worker began to register the last gateway had a link to it; likewise
record InjectedFault(
        FaultKind kind,
        String target,
        long onsetNanos,
        long healedNanos,
        OptionalLong outOfChoice,
        OptionalLong joined) {
    /// After a fault is undone, what it held up still has to come to its end.
    private static final long AFTERMATH_NANOS = 3_000_000_000L;

    /// A fault without measurements.
    static InjectedFault of(FaultKind kind, String target, long onsetNanos, long healedNanos) {
        return new InjectedFault(kind, target, onsetNanos, healedNanos, OptionalLong.empty(), OptionalLong.empty());
    }

    boolean overlaps(long fromNanos, long toNanos) {
        return fromNanos - healedNanos <= AFTERMATH_NANOS && toNanos - onsetNanos >= 0;
    }

    boolean touchesWorker() {
        return kind.touches() == FaultKind.Touches.WORKER;
    }

    boolean touchesGateway() {
        return kind.touches() == FaultKind.Touches.GATEWAY;
    }
}
