package io.fairlead.integration.netty;

/// The token bucket behind an [AcceptRamp]: fills at the ramp's rate, holds one second's worth, and starts full. Time
/// comes in. Confined to the server's loop.
final class AcceptRate {

    private static final double NANOS_PER_SECOND = 1e9;

    private final AcceptRamp ramp;
    private final long startNanos;
    private double tokens;
    private long filledNanos;

    AcceptRate(AcceptRamp ramp, long nowNanos) {
        this.ramp = ramp;
        this.startNanos = nowNanos;
        this.filledNanos = nowNanos;
        this.tokens = ramp.initialPerSecond();
    }

    /// One connection was accepted.
    ///
    /// @return how long to accept no other, in nanoseconds; 0 = not at all
    long accepted(long nowNanos) {
        if (nowNanos - startNanos >= ramp.length().toNanos()) {
            return 0;
        }
        double rate = ratePerSecond(nowNanos);
        tokens = Math.min(rate, tokens + rate * (nowNanos - filledNanos) / NANOS_PER_SECOND) - 1;
        filledNanos = nowNanos;
        return tokens >= 1 ? 0 : (long) Math.ceil((1 - tokens) / rate * NANOS_PER_SECOND);
    }

    private double ratePerSecond(long nowNanos) {
        double doublings = (nowNanos - startNanos) / (double) ramp.doubling().toNanos();
        // Beyond 2^20 times the initial rate the bucket is never empty.
        return ramp.initialPerSecond() * Math.pow(2, Math.min(20, doublings));
    }
}
