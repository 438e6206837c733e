package io.fairlead.link;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a loop has to do later: deadlines of calls, back-offs, waits, hedges. A timing wheel whose entries are
/// the things themselves, so that adding and removing cost a few writes and no memory. Almost every call ends
/// before its time comes, which is why removal must be cheap.
///
/// A slot holds all entries due in that tick of any round; later rounds stay where they are. An entry is seen at
/// most two ticks late and never early. No tick is scheduled while the wheel is empty. Confined to its loop.
///
/// Source: G. Varghese, T. Lauck, "Hashed and Hierarchical Timing Wheels", 1987, scheme 6.
///
/// @param <E> what is waited for
public final class TimerWheel<E extends TimerWheel.Entry> {
    private static final Logger log = LoggerFactory.getLogger(TimerWheel.class);

    private static final int SLOTS = 1024;

    /// Beyond the wheel: what has become due in the tick that is being handled. A list like the others, so that a
    /// callback may remove or move any entry.
    private static final int DUE = SLOTS;

    private final @Nullable Entry[] slots = new Entry[SLOTS + 1];
    private final EventLoop loop;
    private final long tickNanos;
    private final Consumer<E> due;
    private final Runnable tick = this::tick;

    private int size;
    private boolean scheduled;
    private long lastTick;

    /// @param tickNanos half of how late an entry may be seen
    /// @param due called on the loop for each entry whose time has come; it is no longer in the wheel. What it
    ///     throws is logged, and the next entry has its turn
    public TimerWheel(EventLoop loop, long tickNanos, Consumer<E> due) {
        this.loop = loop;
        this.tickNanos = tickNanos;
        this.due = due;
    }

    /// Waits for an entry that is in no wheel.
    ///
    /// @param dueNanos on the clock of `System.nanoTime`
    public void add(E entry, long dueNanos) {
        if (size++ == 0 && !scheduled) {
            lastTick = Math.floorDiv(System.nanoTime(), tickNanos);
            schedule();
        }
        entry.dueNanos = dueNanos;
        // A time that has passed already is seen by the next tick, not a round later.
        long seenBy = Math.max(Math.floorDiv(dueNanos, tickNanos), lastTick) + 1;
        link(entry, (int) seenBy & (SLOTS - 1));
    }

    /// Waits for an entry until another time.
    public void move(E entry, long dueNanos) {
        remove(entry);
        add(entry, dueNanos);
    }

    /// Forgets an entry; without effect if it is not in the wheel.
    public void remove(E entry) {
        if (entry.slot >= 0) {
            unlink(entry);
            size--;
        }
    }

    private void link(Entry entry, int slot) {
        Entry head = slots[slot];
        entry.slot = slot;
        entry.next = head;
        if (head != null) {
            head.previous = entry;
        }
        slots[slot] = entry;
    }

    private void unlink(Entry entry) {
        if (entry.previous == null) {
            slots[entry.slot] = entry.next;
        } else {
            entry.previous.next = entry.next;
        }
        if (entry.next != null) {
            entry.next.previous = entry.previous;
        }
        entry.next = null;
        entry.previous = null;
        entry.slot = -1;
    }

    private void schedule() {
        scheduled = true;
        loop.schedule(tick, tickNanos, TimeUnit.NANOSECONDS);
    }

    private void tick() {
        scheduled = false;
        try {
            advance(System.nanoTime());
        } finally {
            if (size > 0 && !scheduled) {
                schedule();
            }
        }
    }

    /// Takes out all entries that are due. Package-private: tests bring the time.
    void advance(long nowNanos) {
        long now = Math.floorDiv(nowNanos, tickNanos);
        // After a long pause one round sees every slot; more would see them again.
        long from = Math.max(lastTick + 1, now - SLOTS + 1);
        lastTick = Math.max(lastTick, now);
        for (long t = from; t <= now; t++) {
            Entry entry = slots[(int) t & (SLOTS - 1)];
            while (entry != null) {
                Entry next = entry.next;
                if (entry.dueNanos - nowNanos <= 0) {
                    unlink(entry);
                    link(entry, DUE);
                }
                entry = next;
            }
        }
        for (Entry entry = slots[DUE]; entry != null; entry = slots[DUE]) {
            E taken = cast(entry);
            remove(taken);
            try {
                due.accept(taken);
            } catch (RuntimeException e) {
                // The deadlines of all other calls of the loop depend on the wheel.
                log.error("What was due could not be done", e);
            }
        }
    }

    @SuppressWarnings("unchecked") // only E gets in
    private E cast(Entry entry) {
        return (E) entry;
    }

    int size() {
        return size;
    }

    /// Something that is waited for; in one wheel at a time.
    public abstract static class Entry {
        long dueNanos;
        int slot = -1;

        @Nullable Entry next;

        @Nullable Entry previous;
    }
}
