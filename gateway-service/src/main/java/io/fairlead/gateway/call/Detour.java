package io.fairlead.gateway.call;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is kept of a call that does not go straight through: where it was tried, what became of that, what it waits
/// for. Confined to the call's loop.
public final class Detour {
    private final List<Call.Upstream> tried = new ArrayList<>(2);
    private Call.@Nullable Upstream second;
    private long secondId;
    private long secondNanos;
    private int refusals;
    private long refusedNanos;
    private @Nullable String mayHaveRun;
    private WaitingCalls.@Nullable Place place;
    private boolean backingOff;
    private @Nullable Hedge hedge;

    void tried(Call.Upstream at) {
        if (!hasTried(at)) {
            tried.add(at);
        }
    }

    boolean hasTried(Object candidate) {
        return (candidate instanceof Call.Upstream at && tried.contains(at)) || Call.same(candidate, second);
    }

    void forgetTried() {
        tried.clear();
    }

    void second(Call.Upstream at, long id, long nowNanos) {
        second = at;
        secondId = id;
        secondNanos = nowNanos;
    }

    Call.@Nullable Upstream second() {
        return second;
    }

    /// Whether the second of two attempts that run is at this instance.
    public boolean isSecond(Call.Upstream at) {
        return Call.same(at, second);
    }

    long secondId() {
        return secondId;
    }

    long secondNanos() {
        return secondNanos;
    }

    void secondEnded() {
        Call.Upstream ended = second;
        second = null;
        if (ended != null) {
            tried(ended);
        }
    }

    void secondTakesOver() {
        second = null;
    }

    /// How often the call was passed on because it certainly had not run.
    public int refusals() {
        return refusals;
    }

    /// When that was first, on the clock of `System.nanoTime`.
    public long refusedNanos() {
        return refusedNanos;
    }

    /// The call certainly has not run at an instance.
    public void refused(long nowNanos) {
        if (refusals++ == 0) {
            refusedNanos = nowNanos;
        }
    }

    /// Why the call may have run in an attempt that has ended; null if it certainly has not.
    public @Nullable String mayHaveRun() {
        return mayHaveRun;
    }

    /// An attempt has ended, and it may have run.
    ///
    /// @param why the first reason is kept
    public void mayHaveRun(String why) {
        if (mayHaveRun == null) {
            mayHaveRun = why;
        }
    }

    /// Where it waits for a worker to have room; null if it does not.
    public WaitingCalls.@Nullable Place place() {
        return place;
    }

    void waitAt(WaitingCalls.Place at) {
        place = at;
    }

    /// It does not wait any longer.
    public void leavePlace() {
        if (place != null) {
            place.leave();
            place = null;
        }
    }

    /// Whether it waits for the time of its next attempt.
    public boolean isBackingOff() {
        return backingOff;
    }

    /// See [#isBackingOff].
    public void backingOff(boolean waits) {
        backingOff = waits;
    }

    /// Its hedge; null if its method is not hedged.
    public @Nullable Hedge hedge() {
        return hedge;
    }

    /// See [#hedge].
    public void hedge(@Nullable Hedge made) {
        hedge = made;
    }
}
