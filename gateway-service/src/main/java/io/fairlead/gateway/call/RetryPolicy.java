package io.fairlead.gateway.call;

import io.fairlead.link.Backoff;
import io.fairlead.wire.Status;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// Whether and when ([Backoff]) a call that may have run is attempted again. Confined to its loop, because of the
/// random numbers.
public final class RetryPolicy {
    private final RetryProperties properties;
    private final RandomGenerator random;
    private final Set<Status> statuses = EnumSet.noneOf(Status.class);
    private final long minBackOffNanos;
    private final long maxBackOffNanos;

    /// @param random of this loop alone
    public RetryPolicy(RetryProperties properties, RandomGenerator random) {
        this.properties = properties;
        this.random = random;
        this.statuses.addAll(properties.statuses());
        this.minBackOffNanos = properties.minBackOff().toNanos();
        this.maxBackOffNanos = properties.maxBackOff().toNanos();
    }

    /// How often a call that may have run is written in all.
    public int maxAttempts() {
        return properties.maxAttempts();
    }

    /// How often a call that certainly has not run is passed on.
    public int maxTransparent() {
        return properties.maxTransparent();
    }

    /// How many calls may wait for their back-off at a time.
    public int maxWaiting() {
        return properties.maxWaiting();
    }

    /// Whether this answer of a worker is worth another attempt.
    public boolean retries(Status status) {
        return statuses.contains(status);
    }

    /// How long to wait before the next attempt.
    ///
    /// @param attempts so far, at least 1
    /// @param retryAfterMillis the worker's hint, which is waited for in any case; 0 = none
    public long backOffNanos(int attempts, long retryAfterMillis) {
        return TimeUnit.MILLISECONDS.toNanos(retryAfterMillis)
                + Backoff.nanos(minBackOffNanos, maxBackOffNanos, attempts - 1, random);
    }
}
