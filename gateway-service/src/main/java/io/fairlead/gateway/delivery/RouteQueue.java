package io.fairlead.gateway.delivery;

import io.fairlead.gateway.upstream.Method;
import io.fairlead.wire.Priority;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The messages of one route that may be delivered now, by priority, and how many are. Confined to its loop.
///
/// How many at a time follows what the workers take: one more with each success, half when they are full (the
/// additive increase and multiplicative decrease of TCP; Jacobson 1988).
final class RouteQueue {
    private static final int FIRST_WINDOW = 64;
    private static final List<Priority> ORDER = List.of(Priority.HIGH, Priority.NORMAL, Priority.LOW);

    private final Method method;
    private final int maxWindow;
    private final List<ArrayDeque<Delivery>> byPriority;

    private final Share share;
    private int size;
    private int inFlight;
    private double window;

    /// Why nothing is delivered at the moment; null if it is.
    private @Nullable String blocked;

    private int blocks;

    /// @param share that its service has of the memory
    /// @param maxWindow most at a time
    RouteQueue(Method method, Share share, int maxWindow) {
        this.share = share;
        this.method = method;
        this.maxWindow = maxWindow;
        this.window = Math.min(FIRST_WINDOW, maxWindow);
        this.byPriority = List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
    }

    Method method() {
        return method;
    }

    /// The memory of its service.
    Share share() {
        return share;
    }

    void add(Delivery delivery) {
        queue(delivery).add(delivery);
        delivery.queued(true);
        size++;
    }

    void addFirst(Delivery delivery) {
        queue(delivery).addFirst(delivery);
        delivery.queued(true);
        size++;
    }

    private ArrayDeque<Delivery> queue(Delivery delivery) {
        return byPriority.get(ORDER.indexOf(delivery.message().priority()));
    }

    /// The next one whose turn it is, if one may go.
    @Nullable Delivery poll() {
        if (size == 0 || blocked != null || inFlight >= (int) window) {
            return null;
        }
        for (ArrayDeque<Delivery> queue : byPriority) {
            Delivery next = queue.poll();
            if (next != null) {
                size--;
                next.queued(false);
                return next;
            }
        }
        return null;
    }

    /// Takes one out, wherever it is. Rare: looks at all of them.
    void remove(Delivery delivery) {
        if (delivery.isQueued()) {
            queue(delivery).remove(delivery);
            delivery.queued(false);
            size--;
        }
    }

    int inFlight() {
        return inFlight;
    }

    void began() {
        inFlight++;
    }

    void ended() {
        inFlight--;
    }

    void succeeded() {
        blocks = 0;
        window = Math.min(maxWindow, window + 1);
    }

    /// The workers are full.
    void full() {
        window = Math.max(1, window / 2);
    }

    boolean isBlocked() {
        return blocked != null;
    }

    @Nullable String blockedBecause() {
        return blocked;
    }

    /// Nothing is delivered until [#open].
    ///
    /// @return how often in a row
    int block(String why) {
        blocked = why;
        return blocks++;
    }

    void open() {
        blocked = null;
    }
}
