package io.fairlead.gateway.breaker;

import io.fairlead.wire.Status;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.util.concurrent.TimeUnit;

/// The circuit breaker of one incarnation of an instance, shared by the loops. Thread-safe.
///
/// Resilience4j's state is the only one; nothing of it is kept here, so that what an operator does through
/// Resilience4j's own endpoint (`FORCE_OPEN`, `DISABLE`) has its effect.
final class InstanceBreaker {
    private final CircuitBreaker breaker;
    private final long epoch;
    private volatile long openedNanos;

    InstanceBreaker(CircuitBreaker breaker, long epoch) {
        this.breaker = breaker;
        this.epoch = epoch;
    }

    String name() {
        return breaker.getName();
    }

    long epoch() {
        return epoch;
    }

    CircuitBreaker circuitBreaker() {
        return breaker;
    }

    /// Whether calls pass without asking.
    boolean passes() {
        return passes(breaker.getState());
    }

    static boolean passes(CircuitBreaker.State state) {
        return switch (state) {
            case CLOSED, DISABLED, METRICS_ONLY -> true;
            case OPEN, HALF_OPEN, FORCED_OPEN -> false;
        };
    }

    /// When it left the closed state last, on the clock of `System.nanoTime`.
    long openedNanos() {
        return openedNanos;
    }

    void opened(long nowNanos) {
        openedNanos = nowNanos;
    }

    /// Asks for a permission; one that was given has to be used or released. Moves an open breaker whose wait is over
    /// to half-open: that needs no thread, since a breaker that nobody asks need not move.
    boolean tryAcquire() {
        return breaker.tryAcquirePermission();
    }

    void release() {
        breaker.releasePermission();
    }

    void succeeded(long nanos) {
        breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
    }

    void failed(long nanos, Status status) {
        breaker.onError(nanos, TimeUnit.NANOSECONDS, CallFailure.of(status));
    }

    /// Opens it, whatever its rates are.
    void trip() {
        if (breaker.getState() == CircuitBreaker.State.CLOSED) {
            breaker.transitionToOpenState();
        }
    }
}
