package io.fairlead.gateway.upstream;

import io.netty.channel.EventLoop;

/// The time of a loop's current pass, on the clock of `System.nanoTime`: read once a pass, because at a million calls
/// a second three looks at the clock for each would take a tenth of the loop. Confined to the loop.
final class LoopClock {
    private final EventLoop loop;
    private final Runnable ages = this::ages;
    private boolean fresh;
    private long nowNanos;

    LoopClock(EventLoop loop) {
        this.loop = loop;
    }

    long nowNanos() {
        if (!fresh) {
            fresh = true;
            nowNanos = System.nanoTime();
            loop.execute(ages);
        }
        return nowNanos;
    }

    private void ages() {
        fresh = false;
    }
}
