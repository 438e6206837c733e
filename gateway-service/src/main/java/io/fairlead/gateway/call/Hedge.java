package io.fairlead.gateway.call;

import io.fairlead.link.TimerWheel;

/// The second attempt that a call will have beside its first when that takes too long. In a wheel until then.
public final class Hedge extends TimerWheel.Entry {
    private final Call call;
    private final LatencyQuantile latency;
    private final long sinceNanos;

    /// @param call that is hedged
    /// @param latency of its method
    /// @param sinceNanos when the first attempt was written
    public Hedge(Call call, LatencyQuantile latency, long sinceNanos) {
        this.call = call;
        this.latency = latency;
        this.sinceNanos = sinceNanos;
    }

    /// The call.
    public Call call() {
        return call;
    }

    /// The call was answered: its method's latency is known a little better.
    public void answered(long nowNanos) {
        latency.record(nowNanos - sinceNanos);
    }
}
