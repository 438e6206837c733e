package io.fairlead.starter.worker;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.VegasLimit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import java.util.concurrent.TimeUnit;

/// Finds out how many handlers at a time the machine, and what the handlers use, can bear: Netflix's
/// concurrency-limits with the rule of TCP Vegas (Brakmo and Peterson, 1995). The shortest average time seen
/// is taken for that of an idle service; what is above it is a queue somewhere, and the limit shrinks while
/// that queue is long and grows while it is short and the places are used.
///
/// Vegas rather than the library's Gradient2, which compares with a long-term average: under an overload that
/// lasts, that average follows the overload, and the limit climbs to its bound.
///
/// Averages over windows of 100 ms and ten calls at least, so that one slow call changes nothing.
final class AdaptiveLimit implements ConcurrencyLimit {
    private static final int INITIAL = 20;
    private static final int WINDOW_MILLIS = 100;

    private final Limit limit;

    /// The library takes times for positive, which those of `System.nanoTime` need not be.
    private final long originNanos;

    /// @param max the limit never grows above it, at least 1
    /// @param nowNanos on the clock of the times given to [#ended]
    AdaptiveLimit(int max, long nowNanos) {
        originNanos = nowNanos;
        limit = WindowedLimit.newBuilder()
                .minWindowTime(WINDOW_MILLIS, TimeUnit.MILLISECONDS)
                .minRttThreshold(1, TimeUnit.NANOSECONDS)
                .build(VegasLimit.newBuilder()
                        .initialLimit(Math.min(INITIAL, max))
                        .maxConcurrency(max)
                        .build());
    }

    @Override
    public int limit() {
        return limit.getLimit();
    }

    @Override
    public void ended(long startNanos, long nanos, int inFlight, boolean dropped) {
        limit.onSample(startNanos - originNanos, Math.max(1, nanos), inFlight, dropped);
    }
}
