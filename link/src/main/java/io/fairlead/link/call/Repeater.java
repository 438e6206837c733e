package io.fairlead.link.call;

import io.netty.channel.EventLoop;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Makes further attempts of calls that may have run, each after a while, and holds the calls meanwhile. Confined
/// to the client's loop, but for [#repeated].
final class Repeater {
    private final EventLoop loop;
    private final Repeats repeats;
    private final Consumer<OutgoingCall> send;

    /// Calls between two attempts, no more than the client's calls in flight.
    private final Set<OutgoingCall> pausing = new HashSet<>();

    private final LongAdder repeated = new LongAdder();

    /// @param send makes the next attempt
    Repeater(EventLoop loop, CallPolicy policy, RandomGenerator random, Consumer<OutgoingCall> send) {
        this.loop = loop;
        this.repeats = new Repeats(policy, random, System.nanoTime());
        this.send = send;
    }

    /// Attempts beyond the first of calls that may have run. From any thread.
    long repeated() {
        return repeated.sum();
    }

    /// A call was submitted.
    void called() {
        repeats.called();
    }

    /// Begins another attempt of a call that may have run, after a while.
    ///
    /// @param failure how the one before ended
    /// @return false if there is no room or no time for it
    boolean repeatLater(OutgoingCall call, CallException failure) {
        if (call.ended || call.streaming || !call.hasDeadline()) {
            return false;
        }
        long atLeast = failure.retryAfter().toNanos();
        long delay = repeats.delayNanos(call.repeats, atLeast, System.nanoTime(), call.deadlineNanos);
        if (delay < 0) {
            return false;
        }
        call.mayHaveRun = true;
        call.repeats++;
        call.refusals = 0;
        call.connection = null;
        repeated.increment();
        pausing.add(call);
        loop.schedule(() -> resume(call), delay, TimeUnit.NANOSECONDS);
        return true;
    }

    private void resume(OutgoingCall call) {
        if (pausing.remove(call)) {
            send.accept(call);
        }
    }

    /// The call has ended.
    void forget(OutgoingCall call) {
        pausing.remove(call);
    }

    /// Takes out all calls that wait for their next attempt.
    List<OutgoingCall> takeAll() {
        List<OutgoingCall> all = List.copyOf(pausing);
        pausing.clear();
        return all;
    }
}
