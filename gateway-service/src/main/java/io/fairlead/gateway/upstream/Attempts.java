package io.fairlead.gateway.upstream;

import io.fairlead.gateway.breaker.Verdict;
import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.CallPolicies;
import io.fairlead.gateway.call.Detour;
import io.fairlead.gateway.call.Hedge;
import io.fairlead.gateway.call.LatencyQuantile;
import io.fairlead.gateway.call.RetryPolicy;
import io.fairlead.link.TimerWheel;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The data side of one loop: attempts of calls, and what follows from their outcomes. Confined to its loop.
///
/// ```
///            ┌────────────── no room ──────────────▶ waiting ── max-wait, displaced ──▶ refused
///  begin ────┤                                          │ room
///            └──▶ written ◀─────────────────────────────┘
///                  │  ▲  └── refused, went away: to another instance at once, free (transparent)
///                  │  └───── lost, UNAVAILABLE: after a back-off, within the budget, if it may be repeated
///                  └─ answered, failed, deadline, cancelled: ended
/// ```
///
/// What certainly has not run is told apart from what may have run to the end: once an attempt may have run,
/// no later refusal makes that undone, and the call ends with UNKNOWN. A call whose answer has begun is not
/// repeated.
///
/// Source of the rules: gRPC's transparent retries and its "committed" state (proposal A6).
final class Attempts implements Outcomes {
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final LoopClock clock;
    private final Function<Route, @Nullable Method> methods;
    private final RetryPolicy retries;
    private final Hedges hedges;
    private final WaitingRoom waitingRoom;
    private final TimerWheel<Call> timers;
    private final CallCounters counters;
    private final int maxInFlight;
    private int inFlight;
    private int backingOff;

    /// @param methods finds the method of a route, null if nobody offers it any more
    /// @param loops of the gateway, which share its calls in flight
    /// @param random of this loop alone
    Attempts(
            EventLoop loop,
            LoopClock clock,
            Function<Route, @Nullable Method> methods,
            CallPolicies policies,
            int loops,
            RandomGenerator random,
            CallCounters counters) {
        this.clock = clock;
        this.methods = methods;
        this.counters = counters;
        this.retries = new RetryPolicy(policies.retry(), random);
        this.hedges = new Hedges(policies.hedge(), loop, this::hedge);
        this.waitingRoom = new WaitingRoom(policies.overload(), loop, counters, this::serve);
        this.timers = new TimerWheel<>(loop, TICK_NANOS, this::due);
        this.maxInFlight = Math.max(1, policies.overload().maxInFlight() / loops);
    }

    /// What is kept for a route of this loop.
    Method newMethod(Route route) {
        return new Method(route, waitingRoom.maxWaiting(), hedges.latencyOf(route));
    }

    int inFlight() {
        return inFlight;
    }

    // Attempts.

    /// Takes a new call.
    void begin(Call call, Method method) {
        long now = clock.nowNanos();
        inFlight++;
        timers.add(call, call.deadlineNanos());
        call.budget().deposit(now);
        if (inFlight > maxInFlight && !makeWay(call)) {
            shed(call, "calls in flight: " + (inFlight - 1) + ", the limit of this gateway");
        } else if (method.waiting().isEmpty()) {
            place(call, method, now);
        } else {
            await(call, method, now);
        }
    }

    /// The client no longer waits.
    void cancel(Call call) {
        if (call.end()) {
            call.cancelAllBut(null);
            finish(call);
            call.release();
        }
    }

    private void place(Call call, Method method, long now) {
        if (method.isAgainstItsKey(call)) {
            giveUp(
                    call,
                    Status.FAILED_PRECONDITION,
                    0,
                    "keys of " + method.route()
                            + ": its instances keep them in stores of their own (expected: one store"
                            + " that all share): give them one database, or run one instance");
            return;
        }
        InstanceLink link = method.picker().pick(call, now);
        if (link == null) {
            unreachable(call, method);
        } else if (link.hasRoom(now)) {
            write(call, method, link, now);
        } else {
            await(call, method, now);
        }
    }

    private void write(Call call, Method method, InstanceLink link, long now) {
        Detour detour = call.detourOrNull();
        if (now - call.deadlineNanos() >= 0) {
            // While it waited; the wheel will see it at its next tick.
            expired(call);
            return;
        }
        if (detour != null && detour.mayHaveRun() != null && !method.mayRepeat(call)) {
            // Another instance has joined meanwhile.
            giveUp(call, Status.UNAVAILABLE, 0, "not all instances of " + method.route() + " allow it to be repeated");
            return;
        }
        String refusal = link.send(call, method, now);
        if (refusal != null) {
            giveUp(call, Status.RESOURCE_EXHAUSTED, 0, refusal);
            return;
        }
        LatencyQuantile latency = method.latency();
        if (latency != null) {
            hedges.written(call, method, latency, now);
        }
    }

    private void unreachable(Call call, @Nullable Method method) {
        String why = method == null ? "nobody offers " + call.route() + " any more" : OpenBreakers.nobody(method);
        giveUp(call, Status.UNAVAILABLE, 0, why);
    }

    /// The first attempt takes long: a second one beside it, if another instance has room and the budget
    /// allows it.
    private void hedge(Call call) {
        Method method = methods.apply(call.route());
        if (method == null
                || !method.isIdempotent()
                || !call.isRunning()
                || call.isAnswering()
                || call.attempts() > 1) {
            return;
        }
        long now = clock.nowNanos();
        InstanceLink link = method.picker().pick(call, now);
        if (link == null || call.hasTried(link) || !link.hasRoom(now)) {
            return;
        }
        if (!call.budget().withdraw(now)) {
            counters.hedges.count(CallCounters.Hedged.NO_BUDGET);
        } else if (link.send(call, method, now) == null) {
            counters.hedges.count(CallCounters.Hedged.SENT);
        }
    }

    // Outcomes.

    @Override
    public void answered(InstanceLink from, Call call, ByteBuf buf, int at, boolean last) {
        if (call.detourOrNull() != null && !call.isAnswering()) {
            chosen(call, from);
        }
        if (!last) {
            call.answering();
            call.origin().answered(call, buf, at, false);
        } else if (call.end()) {
            finish(call);
            call.origin().answered(call, buf, at, true);
            call.release();
        }
    }

    /// The first answer wins: the other attempt, if there is one, is cancelled.
    private void chosen(Call call, InstanceLink from) {
        Hedge hedge = call.detour().hedge();
        if (hedge != null) {
            hedges.forget(hedge);
            hedge.answered(clock.nowNanos());
            if (call.detour().isSecond(from)) {
                counters.hedges.count(CallCounters.Hedged.WON);
            }
        }
        call.cancelAllBut(from);
    }

    @Override
    public void answeredWithStatus(
            InstanceLink from, Call call, Status status, boolean refused, long retryAfterMillis, String message) {
        if (refused) {
            passOn(from, call, status, retryAfterMillis, message, CallCounters.Retry.REFUSED);
            return;
        }
        String why = status + ": " + message;
        boolean second = call.detourOrNull() != null && call.detour().isSecond(from);
        if (call.attemptEnded(from)) {
            if (Verdict.of(status, false) == Verdict.SUCCESS) {
                // A "no" is an answer, and the first one wins: the other attempt may be slow for seconds.
                if (second) {
                    counters.hedges.count(CallCounters.Hedged.WON);
                }
                call.cancelAllBut(null);
                fail(call, status, false, retryAfterMillis, message);
            } else {
                call.detour().mayHaveRun(why);
            }
        } else if (!retries.retries(status) || !repeat(call, CallCounters.Retry.STATUS, retryAfterMillis, why)) {
            fail(call, status, false, retryAfterMillis, message);
        }
    }

    @Override
    public void notTaken(InstanceLink from, Call call, String why) {
        passOn(from, call, Status.UNAVAILABLE, 0, why, CallCounters.Retry.WENT_AWAY);
    }

    @Override
    public void lost(InstanceLink from, Call call, String why) {
        if (call.attemptEnded(from)) {
            call.detour().mayHaveRun(why);
        } else if (!repeat(call, CallCounters.Retry.LOST, 0, why)) {
            call.lost();
            fail(call, Status.UNKNOWN, false, 0, "may have run: " + why);
        }
    }

    @Override
    public void lateReply() {
        counters.lateReplies.increment();
    }

    @Override
    public void roomMade() {
        waitingRoom.roomMade();
    }

    // Further attempts.

    /// This attempt certainly has not run. Where the instance was the reason, another one takes the call at
    /// once; when all are full, the call waits.
    private void passOn(
            InstanceLink from,
            Call call,
            Status status,
            long retryAfterMillis,
            String message,
            CallCounters.Retry reason) {
        long now = clock.nowNanos();
        Detour detour = call.detour();
        detour.refused(now);
        if (call.attemptEnded(from)) {
            return;
        }
        Method method = methods.apply(call.route());
        boolean full = status == Status.RESOURCE_EXHAUSTED;
        if (!(full || status == Status.UNAVAILABLE)
                || method == null
                || detour.refusals() > retries.maxTransparent()
                || call.isAnswering()) {
            giveUp(call, status, retryAfterMillis, message);
            return;
        }
        InstanceLink other = method.picker().pick(call, now);
        if (other == null || call.hasTried(other)) {
            boolean othersWereFull = full || reason == CallCounters.Retry.WENT_AWAY;
            if (!othersWereFull || other == null || !backOffUntilRoom(call, detour, retryAfterMillis, reason, now)) {
                giveUp(call, status, retryAfterMillis, message);
            }
        } else if (other.hasRoom(now)) {
            counters.retries.count(reason);
            write(call, method, other, now);
        } else {
            await(call, method, now);
        }
    }

    /// All instances that are left have refused the call for lack of room, which others use: nothing will
    /// tell when there is some.
    private boolean backOffUntilRoom(
            Call call, Detour detour, long retryAfterMillis, CallCounters.Retry reason, long now) {
        long at = now + retries.backOffNanos(detour.refusals(), retryAfterMillis);
        if (at - call.deadlineNanos() >= 0
                || at - detour.refusedNanos() > waitingRoom.maxWaitNanos()
                || backingOff >= retries.maxWaiting()) {
            counters.shed.count(call.priority());
            return false;
        }
        counters.retries.count(reason);
        call.forgetTried();
        backOff(call, at);
        return true;
    }

    /// All attempts have ended, and one may have run: another one, if the method allows it, later, for a
    /// price.
    private boolean repeat(Call call, CallCounters.Retry reason, long retryAfterMillis, String why) {
        Method method = methods.apply(call.route());
        if (method == null || call.isAnswering() || !method.mayRepeat(call)) {
            return false;
        }
        Detour detour = call.detour();
        int attempts = call.attempts() - detour.refusals();
        long now = clock.nowNanos();
        long at = now + retries.backOffNanos(attempts, retryAfterMillis);
        CallCounters.NoRetry obstacle = attempts >= retries.maxAttempts()
                ? CallCounters.NoRetry.ATTEMPTS
                : at - call.deadlineNanos() >= 0
                        ? CallCounters.NoRetry.DEADLINE
                        : backingOff >= retries.maxWaiting()
                                ? CallCounters.NoRetry.WAITING
                                : call.budget().withdraw(now) ? null : CallCounters.NoRetry.BUDGET;
        if (obstacle != null) {
            counters.notRetried.count(obstacle);
            return false;
        }
        detour.mayHaveRun(why);
        counters.retries.count(reason);
        backOff(call, at);
        return true;
    }

    private void backOff(Call call, long at) {
        call.detour().backingOff(true);
        backingOff++;
        counters.backingOff.increment();
        timers.move(call, at);
    }

    /// A back-off is over.
    private void attemptAgain(Call call, long now) {
        Method method = methods.apply(call.route());
        if (method == null) {
            unreachable(call, null);
        } else {
            place(call, method, now);
        }
    }

    // Waiting for room.

    /// Waits for an instance to have room; when there is no place to wait either, the lowest class gives way.
    private void await(Call call, Method method, long now) {
        Call displaced = waitingRoom.displacedBy(call, method);
        if (displaced == call) {
            shed(
                    call,
                    "no instance of " + method.route() + " has room, and "
                            + method.waiting().size() + " calls wait already");
            return;
        }
        call.forgetTried();
        waitingRoom.enter(call, method, now);
        long until = now + waitingRoom.maxWaitNanos();
        if (until - call.deadlineNanos() < 0) {
            timers.move(call, until);
        }
        if (displaced != null) {
            shed(displaced, "displaced by a call of a higher priority");
        }
    }

    /// Sheds a waiting call of a lower class.
    private boolean makeWay(Call call) {
        Call lower = waitingRoom.lowestBelow(call.priority());
        if (lower == null) {
            return false;
        }
        shed(lower, "displaced by a call of a higher priority");
        return true;
    }

    /// The turn of a waiting call; see [WaitingRoom.Server].
    private boolean serve(Call call, Method method) {
        long now = clock.nowNanos();
        InstanceLink link = method.picker().pick(call, now);
        if (link != null && !link.hasRoom(now)) {
            return false;
        }
        waitingRoom.leave(call.detour(), now);
        if (link == null) {
            unreachable(call, method);
        } else {
            timers.move(call, call.deadlineNanos());
            write(call, method, link, now);
        }
        return true;
    }

    private void shed(Call call, String why) {
        counters.shed.count(call.priority());
        long millis = TimeUnit.NANOSECONDS.toMillis(waitingRoom.maxWaitNanos());
        giveUp(call, Status.RESOURCE_EXHAUSTED, millis, why + "; try again after " + millis + " ms");
    }

    // Time and ends.

    private void due(Call call) {
        long now = System.nanoTime();
        if (now - call.deadlineNanos() >= 0) {
            expired(call);
            return;
        }
        timers.add(call, call.deadlineNanos());
        Detour detour = call.detour();
        if (detour.isBackingOff()) {
            stopBackingOff(detour);
            attemptAgain(call, now);
        } else if (detour.place() != null) {
            shed(call, "no instance of " + call.route() + " has had room");
        }
    }

    private void stopBackingOff(Detour detour) {
        if (detour.isBackingOff()) {
            detour.backingOff(false);
            backingOff--;
            counters.backingOff.decrement();
        }
    }

    private void expired(Call call) {
        boolean mayHaveRun = call.mayHaveRun();
        call.cancelAllBut(null);
        counters.expired.count(mayHaveRun ? CallCounters.Expired.MAY_HAVE_RUN : CallCounters.Expired.NOT_RUN);
        long millis = (call.deadlineNanos() - call.startNanos()) / 1_000_000;
        fail(call, Status.DEADLINE_EXCEEDED, !mayHaveRun, 0, "no answer within " + millis + " ms");
    }

    /// Ends a call whose last attempt, if there was one, certainly has not run.
    private void giveUp(Call call, Status status, long retryAfterMillis, String message) {
        Detour detour = call.detourOrNull();
        String mayHaveRun = detour == null ? null : detour.mayHaveRun();
        if (mayHaveRun == null) {
            fail(call, status, true, retryAfterMillis, message);
        } else {
            fail(call, Status.UNKNOWN, false, 0, "may have run: " + mayHaveRun + "; then " + status + ": " + message);
        }
    }

    private void fail(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {
        if (call.end()) {
            finish(call);
            call.origin().failed(call, status, certainlyNotRun, retryAfterMillis, message);
            call.release();
        }
    }

    private void finish(Call call) {
        inFlight--;
        timers.remove(call);
        Detour detour = call.detourOrNull();
        if (detour != null) {
            waitingRoom.leave(detour, clock.nowNanos());
            stopBackingOff(detour);
            Hedge hedge = detour.hedge();
            if (hedge != null) {
                hedges.forget(hedge);
            }
        }
    }
}
