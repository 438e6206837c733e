package io.fairlead.gateway.upstream;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.Detour;
import io.fairlead.gateway.call.OverloadProperties;
import io.fairlead.gateway.call.WaitingCalls;
import io.fairlead.wire.Priority;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The calls of one loop that wait for a worker to have room: the queues of its methods, served in turn as soon as
/// something says that there may be room. Nothing polls. Confined to its loop.
final class WaitingRoom {
    private final int maxWaiting;
    private final long maxWaitNanos;
    private final EventLoop loop;
    private final CallCounters counters;
    private final Server server;
    private final Runnable serve = this::serve;

    /// Methods that somebody waits for; each once, and perhaps some for which nobody does any more.
    private final ArrayDeque<Method> methods = new ArrayDeque<>();

    private int waiting;
    private boolean serving;
    private boolean serveScheduled;

    /// Who places calls.
    interface Server {
        /// Places the call that has waited longest, or fails it if it need not wait; it has to [#leave] in both cases.
        ///
        /// @return false if there is no room: nothing was done
        boolean serve(Call call, Method method);
    }

    WaitingRoom(OverloadProperties properties, EventLoop loop, CallCounters counters, Server server) {
        this.maxWaiting = properties.maxWaiting();
        this.maxWaitNanos = properties.maxWait().toNanos();
        this.loop = loop;
        this.counters = counters;
        this.server = server;
    }

    int maxWaiting() {
        return maxWaiting;
    }

    /// The longest that a call waits.
    long maxWaitNanos() {
        return maxWaitNanos;
    }

    /// Whom a call has to displace to wait for this method.
    ///
    /// @return the call itself if it finds no place; null if there is a free one
    @Nullable Call displacedBy(Call call, Method method) {
        WaitingCalls queue = method.waiting();
        if (!queue.isFull()) {
            return null;
        }
        Call lower = queue.lowestBelow(call.priority());
        return lower == null ? call : lower;
    }

    /// A waiting call of a lower class, whatever its method; null if there is none.
    @Nullable Call lowestBelow(Priority priority) {
        Call lowest = null;
        for (Method method : methods) {
            Call lower = method.waiting().lowestBelow(priority);
            if (lower != null
                    && (lowest == null
                            || lower.priority().rank() < lowest.priority().rank())) {
                lowest = lower;
            }
        }
        return lowest;
    }

    /// The call waits from now on.
    void enter(Call call, Method method, long nowNanos) {
        if (method.waiting().isEmpty() && !methods.contains(method)) {
            methods.add(method);
        }
        method.waiting().add(call, nowNanos);
        waiting++;
        counters.waiting.increment();
        // There may be room that nothing has told of.
        roomMade();
    }

    /// The call does not wait any longer; without effect if it does not.
    void leave(Detour detour, long nowNanos) {
        WaitingCalls.Place place = detour.place();
        if (place != null) {
            detour.leavePlace();
            waiting--;
            counters.waiting.decrement();
            counters.waited.increment();
            counters.waitedNanos.add(nowNanos - place.sinceNanos());
        }
    }

    /// There may be room: looks at the end of the loop's pass.
    void roomMade() {
        if (waiting > 0 && !serveScheduled && !serving) {
            serveScheduled = true;
            loop.execute(serve);
        }
    }

    /// One call of each method in turn, until no method has room.
    private void serve() {
        serveScheduled = false;
        serving = true;
        try {
            int inVain = 0;
            while (inVain < methods.size()) {
                Method method = methods.remove();
                Call call = method.waiting().peek();
                if (call == null) {
                    continue;
                }
                // Back in line first: whoever is told of this call's end may bring another one.
                methods.add(method);
                inVain = server.serve(call, method) ? 0 : inVain + 1;
            }
        } finally {
            serving = false;
        }
    }
}
