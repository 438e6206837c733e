package io.fairlead.systemtests.faults;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// What each kind of client noticed of one fault.
///
/// A call is disturbed if it did not get its right reply within [#PROMPT_NANOS]. The time to recover is that
/// from the onset of the fault until the last disturbed call was sent: each later one was answered rightly
/// and promptly.
///
/// @param recoveryMillis by kind of client; 0 if it noticed nothing
/// @param ends how many calls ended in each way but RIGHT
record Recovery(InjectedFault fault, Map<String, Long> recoveryMillis, Map<Outcome, Long> ends) {
    private static final long PROMPT_NANOS = TimeUnit.MILLISECONDS.toNanos(750);

    /// @param untilNanos when the next fault began, or the end
    static Recovery of(InjectedFault fault, List<ClientCall> calls, long untilNanos) {
        Map<String, Long> recovery = new TreeMap<>();
        Map<Outcome, Long> ends = new TreeMap<>();
        for (ClientCall call : calls) {
            recovery.putIfAbsent(call.kind(), 0L);
            boolean before = call.end()
                    .map(end -> end.atNanos() - fault.onsetNanos() < 0)
                    .orElse(false);
            // What is in flight when the next fault begins is disturbed by that one.
            boolean after = call.end().map(ClientCall.End::atNanos).orElse(call.sentNanos()) >= untilNanos;
            if (before || after) {
                continue;
            }
            Outcome outcome = call.end().map(ClientCall.End::outcome).orElse(Outcome.DEADLINE);
            if (outcome != Outcome.RIGHT) {
                ends.merge(outcome, 1L, Long::sum);
            }
            boolean prompt = call.end()
                    .map(end -> end.atNanos() - call.sentNanos() <= PROMPT_NANOS)
                    .orElse(false);
            if (outcome != Outcome.RIGHT || !prompt) {
                long millis = TimeUnit.NANOSECONDS.toMillis(call.sentNanos() - fault.onsetNanos());
                recovery.merge(call.kind(), Math.max(1, millis), Math::max);
            }
        }
        return new Recovery(fault, recovery, ends);
    }
}
