package io.fairlead.gateway.breaker;

import io.fairlead.wire.Status;
import java.util.Arrays;

/// What stands before an instance's breaker on one loop's link, so that the breaker is not asked at every call.
/// Confined to the loop.
///
/// **Why.** Recording one outcome costs Resilience4j 70 ns (lock-free window) to 200 ns (with the consumers of its
/// meters and events), and twice that when two loops record at once; a call may cost 50 ns for all policies together.
/// This front took 11 to 39 ns a call, measured beside other work on two cores.
/// So:
/// - *Permission* is no question of the data side: the control side takes out of the choice what is open, and hears of
///   changes by event. A closed breaker costs a call one read of a plain field.
/// - *Outcomes* are recorded up to [Breakers#RECORDS_PER_SECOND] a loop, and thinned above it without regard to what
///   they are ([Thinning]), so rates stay true while counts (`resilience4j.circuitbreaker.calls`) become those of a
///   sample. `fairlead.upstream.calls` counts all.
/// - *While not closed* everything is exact: only calls that were let through as probes are recorded, each of them.
///   Others that end meanwhile were sent before the breaker opened, or because it is not heeded, and say nothing new.
public final class LinkBreaker {
    /// For how long a run of failures has to last until it opens the breaker: at a high rate ten failures in a row
    /// come about by chance.
    private static final long RUN_NANOS = 100_000_000;

    /// How often a loop asks an open breaker: once in this time, so one probe in this time, too.
    private static final long ASK_NANOS = 10_000_000;

    /// For how long a call that must not be repeated leaves probing to those that may.
    private static final long PATIENCE_NANOS = 1_000_000_000;

    private static final long[] NO_PROBES = {};

    private final Breakers breakers;
    private final InstanceBreaker shared;
    private final Thinning thinning;

    private boolean closed;
    private boolean gone;
    private int quota = 1;

    private int run;
    private long runStartNanos;

    private boolean granted;
    private long nextAskNanos;
    private long lastEagerNanos;

    /// Ids of the calls that were let through as probes and have not ended; as many as a half-open breaker permits.
    private long[] probes = NO_PROBES;

    LinkBreaker(Breakers breakers, InstanceBreaker shared, Thinning thinning, long nowNanos) {
        this.breakers = breakers;
        this.shared = shared;
        this.thinning = thinning;
        closed = shared.passes();
        nextAskNanos = nowNanos;
        lastEagerNanos = nowNanos - PATIENCE_NANOS;
    }

    // The control side.

    /// Looks at the breaker again, after [Breakers#onChange] said that one has changed.
    ///
    /// @return whether it lets calls through that it did not before, or the other way round
    public boolean refresh() {
        boolean was = closed;
        closed = shared.passes();
        if (closed && !was) {
            run = 0;
            probes = NO_PROBES;
            release();
        }
        return closed != was;
    }

    /// Whether calls pass without asking, as of the last [#refresh].
    public boolean isClosed() {
        return closed;
    }

    /// What it is for the decision whom to keep out.
    public Ejections.Member member(boolean connected) {
        return new Ejections.Member(shared.name(), connected, !closed, shared.openedNanos());
    }

    /// @param links of the loop, which share what it may record
    public void shareWith(int links) {
        quota = Breakers.quota(links);
    }

    /// The link is no longer wanted: gives back what it holds. Idempotent.
    public void close() {
        if (gone) {
            return;
        }
        gone = true;
        release();
        for (long _ : probes) {
            shared.release();
        }
        probes = NO_PROBES;
        breakers.left(shared);
    }

    // The data side.

    /// Asks whether the next call may go to this instance as a probe. A permission that is not used (no [#sent]
    /// follows) is kept for the next call.
    ///
    /// @param repeatable whether the call may be repeated if the probe fails: such calls go first
    public boolean tryProbe(boolean repeatable, long nowNanos) {
        if (granted) {
            return true;
        }
        if (repeatable) {
            lastEagerNanos = nowNanos;
        } else if (nowNanos - lastEagerNanos < PATIENCE_NANOS) {
            return false;
        }
        if (closed || nowNanos - nextAskNanos < 0) {
            return false;
        }
        nextAskNanos = nowNanos + ASK_NANOS;
        granted = shared.tryAcquire();
        return granted;
    }

    /// A call was written to the link.
    ///
    /// @param id of the call on the link
    public void sent(long id) {
        if (granted) {
            granted = false;
            probes = Arrays.copyOf(probes, probes.length + 1);
            probes[probes.length - 1] = id;
        }
    }

    /// A call was answered with a reply.
    ///
    /// @param id of the call on the link
    /// @param startNanos when it was sent
    public void succeeded(long id, long startNanos, long nowNanos) {
        run = 0;
        if (closed) {
            if (thinning.takes()) {
                thinning.took(nowNanos, quota);
                shared.succeeded(nowNanos - startNanos);
            }
        } else if (endedProbe(id)) {
            shared.succeeded(nowNanos - startNanos);
        }
    }

    /// A call was answered with a status, or not at all.
    ///
    /// @param id of the call on the link
    /// @param status that it ended with
    /// @param startNanos when it was sent
    public void ended(long id, Verdict verdict, Status status, long startNanos, long nowNanos) {
        switch (verdict) {
            case SUCCESS -> succeeded(id, startNanos, nowNanos);
            case NONE -> abandoned(id);
            case FAILURE -> failed(id, status, startNanos, nowNanos);
        }
    }

    private void failed(long id, Status status, long startNanos, long nowNanos) {
        if (closed) {
            if (thinning.takes()) {
                thinning.took(nowNanos, quota);
                shared.failed(nowNanos - startNanos, status);
            }
            inARow(nowNanos);
        } else if (endedProbe(id)) {
            shared.failed(nowNanos - startNanos, status);
        }
    }

    private void inARow(long nowNanos) {
        if (run++ == 0) {
            runStartNanos = nowNanos;
        } else if (breakers.tripsAfter(run) && nowNanos - runStartNanos >= RUN_NANOS) {
            run = 0;
            shared.trip();
        }
    }

    /// A connection to the instance could not be opened.
    public void connectFailed(long nowNanos) {
        if (closed) {
            shared.failed(0, Status.UNAVAILABLE);
            inARow(nowNanos);
        }
    }

    /// A call ended without saying anything of the instance.
    public void abandoned(long id) {
        if (probes.length > 0 && endedProbe(id)) {
            shared.release();
        }
    }

    /// The link has ended: a permission that was not used goes back, for the loops whose links are well.
    public void linkEnded() {
        release();
    }

    /// All frames of a read pass have been handed over.
    public void passed(long nowNanos) {
        thinning.passed(nowNanos);
    }

    private boolean endedProbe(long id) {
        for (int i = 0; i < probes.length; i++) {
            if (probes[i] == id) {
                long[] fewer = Arrays.copyOf(probes, probes.length - 1);
                if (i < fewer.length) {
                    fewer[i] = probes[probes.length - 1];
                }
                probes = fewer;
                return true;
            }
        }
        return false;
    }

    private void release() {
        if (granted) {
            granted = false;
            shared.release();
        }
    }
}
