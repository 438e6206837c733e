package io.fairlead.systemtests.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Judges a history by the promises, and knows nothing of how the fleet works. Immutable.
///
/// Which failures a fault permits:
///
/// | the call ends with | permitted while or just after a fault touches |
/// | --- | --- |
/// | UNKNOWN | the worker that ran it or, if none did, any worker, and only if its method is not idempotent; or its
/// gateway |
/// | DEADLINE | the same, idempotent or not, if the fault is one that nobody is told of |
/// | CLOSED, NOT_SENT, REFUSED | its gateway |
/// | WRONG, FAILED | nothing |
///
/// A native client does not know which gateway had its call: for it, any will do.
final class Checker {
    /// How much later than its deadline a call may end on a machine that has much else to do.
    static final long SLACK_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final History history;
    private final List<InjectedFault> faults;
    private final Map<String, List<HandlerRun>> runs = new HashMap<>();

    Checker(History history, List<InjectedFault> faults) {
        this.history = history;
        this.faults = List.copyOf(faults);
        history.runs()
                .forEach(run ->
                        runs.computeIfAbsent(run.id(), id -> new ArrayList<>()).add(run));
    }

    /// Everything that broke a promise.
    List<Violation> violations() {
        List<Violation> violations = new ArrayList<>();
        history.calls().forEach(call -> check(call, violations));
        return violations;
    }

    private void check(ClientCall call, List<Violation> violations) {
        List<HandlerRun> ran = ran(call);
        if (ran.size() > 1 && !call.idempotent()) {
            violations.add(new Violation(Violation.Rule.RUN_TWICE, call.id(), "ran at " + ran));
        }
        if (call.end().isEmpty()) {
            violations.add(new Violation(Violation.Rule.MISSING_REPLY, call.id(), call.kind() + " never ended"));
            return;
        }
        ClientCall.End end = call.end().get();
        long lateNanos = end.atNanos() - call.deadlineNanos();
        if (lateNanos > SLACK_NANOS) {
            violations.add(new Violation(
                    Violation.Rule.MISSING_REPLY,
                    call.id(),
                    call.kind() + " ended " + TimeUnit.NANOSECONDS.toMillis(lateNanos) + " ms after its deadline"));
        }
        if (end.outcome() == Outcome.WRONG || (end.outcome() == Outcome.RIGHT && ran.isEmpty())) {
            violations.add(new Violation(
                    Violation.Rule.WRONG_REPLY, call.id(), call.kind() + " got '" + end.detail() + "', ran at " + ran));
        } else if (end.outcome() != Outcome.RIGHT && !isPermitted(call, end)) {
            violations.add(new Violation(Violation.Rule.UNTOUCHED_FAILURE, call.id(), describe(call, end)));
        }
        if ((end.outcome() == Outcome.REFUSED || end.outcome() == Outcome.NOT_SENT) && !ran.isEmpty()) {
            violations.add(new Violation(
                    Violation.Rule.FALSE_REFUSAL, call.id(), describe(call, end) + ", and ran at " + ran));
        }
    }

    private String describe(ClientCall call, ClientCall.End end) {
        return call.kind() + " " + end.outcome() + " after "
                + TimeUnit.NANOSECONDS.toMillis(end.atNanos() - call.sentNanos()) + " ms: " + end.detail();
    }

    private List<HandlerRun> ran(ClientCall call) {
        return runs.getOrDefault(call.id(), List.of());
    }

    private boolean isPermitted(ClientCall call, ClientCall.End end) {
        return faults.stream()
                .filter(fault -> fault.overlaps(call.sentNanos(), end.atNanos()))
                .anyMatch(fault -> switch (end.outcome()) {
                    case UNKNOWN -> touchesGateway(fault, call) || (!call.idempotent() && touchesWorker(fault, call));
                    case DEADLINE ->
                        fault.kind().isSilent() && (touchesGateway(fault, call) || touchesWorker(fault, call));
                    case CLOSED, NOT_SENT, REFUSED -> touchesGateway(fault, call);
                    case RIGHT, WRONG, FAILED -> false;
                });
    }

    private static boolean touchesGateway(InjectedFault fault, ClientCall call) {
        return fault.touchesGateway()
                && call.gateway().map(fault.target()::equals).orElse(true);
    }

    private boolean touchesWorker(InjectedFault fault, ClientCall call) {
        List<HandlerRun> ran = ran(call);
        return fault.touchesWorker()
                && (ran.isEmpty() || ran.stream().anyMatch(run -> run.worker().equals(fault.target())));
    }
}
