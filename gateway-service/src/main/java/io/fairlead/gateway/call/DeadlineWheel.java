package io.fairlead.gateway.call;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The deadlines of a loop's calls: a timing wheel whose entries are the calls themselves, so that adding and
/// removing cost a few writes and no memory. Almost every call ends before its deadline, which is why removal
/// must be cheap.
///
/// A slot holds all calls due in that tick of any round; later rounds stay where they are. A deadline is seen
/// at most one tick late. No tick is scheduled while the wheel is empty. Confined to its loop.
///
/// Source: G. Varghese, T. Lauck, "Hashed and Hierarchical Timing Wheels", 1987, scheme 6.
public final class DeadlineWheel {
    static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int SLOTS = 1024;

    private final @Nullable Call[] slots = new Call[SLOTS];
    private final EventLoop loop;
    private final Consumer<Call> expired;
    private final Runnable tick = this::tick;

    private int size;
    private boolean scheduled;
    private long lastTick;

    /// @param expired called on the loop for each call whose deadline has passed; the call is no longer in the
    ///     wheel
    public DeadlineWheel(EventLoop loop, Consumer<Call> expired) {
        this.loop = loop;
        this.expired = expired;
    }

    /// Watches over a call.
    public void add(Call call) {
        int slot = (int) (Math.floorDiv(call.deadlineNanos(), TICK_NANOS) + 1) & (SLOTS - 1);
        Call head = slots[slot];
        call.wheelSlot = slot;
        call.wheelNext = head;
        if (head != null) {
            head.wheelPrevious = call;
        }
        slots[slot] = call;
        if (size++ == 0 && !scheduled) {
            lastTick = Math.floorDiv(System.nanoTime(), TICK_NANOS);
            schedule();
        }
    }

    /// Forgets a call; without effect if it is not in the wheel.
    public void remove(Call call) {
        if (call.wheelSlot < 0) {
            return;
        }
        if (call.wheelPrevious == null) {
            slots[call.wheelSlot] = call.wheelNext;
        } else {
            call.wheelPrevious.wheelNext = call.wheelNext;
        }
        if (call.wheelNext != null) {
            call.wheelNext.wheelPrevious = call.wheelPrevious;
        }
        call.wheelNext = null;
        call.wheelPrevious = null;
        call.wheelSlot = -1;
        size--;
    }

    private void schedule() {
        scheduled = true;
        loop.schedule(tick, TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    private void tick() {
        scheduled = false;
        advance(System.nanoTime());
        if (size > 0 && !scheduled) {
            schedule();
        }
    }

    /// Takes out all calls that are due. Package-private: tests bring the time.
    void advance(long nowNanos) {
        long now = Math.floorDiv(nowNanos, TICK_NANOS);
        // After a long pause one round sees every slot; more would see them again.
        long from = Math.max(lastTick + 1, now - SLOTS + 1);
        lastTick = Math.max(lastTick, now);
        for (long t = from; t <= now; t++) {
            Call call = slots[(int) t & (SLOTS - 1)];
            while (call != null) {
                Call next = call.wheelNext;
                if (call.deadlineNanos() - nowNanos <= 0) {
                    remove(call);
                    expired.accept(call);
                    // The callback may have removed the next one, too.
                    next = next != null && next.wheelSlot < 0 ? slots[(int) t & (SLOTS - 1)] : next;
                }
                call = next;
            }
        }
    }

    int size() {
        return size;
    }
}
