package io.fairlead.gateway.call;

import io.fairlead.wire.Priority;
import org.jspecify.annotations.Nullable;

/// The calls of one method that wait for a worker to have room: first come, first served within a priority class,
/// the highest class first. Bounded: when it is full, whoever is of the lowest class and came last gives way to a
/// call of a higher class. Confined to its loop.
public final class WaitingCalls {
    private static final int CLASSES = Priority.values().length;

    private final int max;
    private final @Nullable Place[] first = new Place[CLASSES];
    private final @Nullable Place[] last = new Place[CLASSES];
    private int size;

    /// @param max calls that wait at a time
    public WaitingCalls(int max) {
        this.max = max;
    }

    /// Whether nobody waits.
    public boolean isEmpty() {
        return size == 0;
    }

    /// Calls that wait.
    public int size() {
        return size;
    }

    /// Who has to be refused if a call of this class is to be added: nobody as long as there is room.
    ///
    /// @return null if there is nobody to be refused, for lack of need or for lack of a lower class: see [#isFull]
    public @Nullable Call lowestBelow(Priority priority) {
        for (int rank = 0; rank < priority.rank(); rank++) {
            Place lowest = last[rank];
            if (lowest != null) {
                return lowest.call;
            }
        }
        return null;
    }

    /// Whether another call can only be added in place of one that waits.
    public boolean isFull() {
        return size >= max;
    }

    /// Adds a call behind the others of its class. Look for [#isFull] first.
    ///
    /// @param nowNanos from when it waits
    public void add(Call call, long nowNanos) {
        int rank = call.priority().rank();
        Place place = new Place(this, call, rank, nowNanos);
        place.previous = last[rank];
        if (place.previous == null) {
            first[rank] = place;
        } else {
            place.previous.next = place;
        }
        last[rank] = place;
        size++;
        call.detour().waitAt(place);
    }

    /// The call whose turn it is; null if nobody waits.
    public @Nullable Call peek() {
        for (int rank = CLASSES - 1; rank >= 0; rank--) {
            Place place = first[rank];
            if (place != null) {
                return place.call;
            }
        }
        return null;
    }

    private void remove(Place place) {
        if (place.previous == null) {
            first[place.rank] = place.next;
        } else {
            place.previous.next = place.next;
        }
        if (place.next == null) {
            last[place.rank] = place.previous;
        } else {
            place.next.previous = place.previous;
        }
        size--;
    }

    /// Where a call waits.
    public static final class Place {
        private final WaitingCalls queue;
        private final Call call;
        private final int rank;
        private final long sinceNanos;
        private @Nullable Place previous;
        private @Nullable Place next;

        private Place(WaitingCalls queue, Call call, int rank, long sinceNanos) {
            this.queue = queue;
            this.call = call;
            this.rank = rank;
            this.sinceNanos = sinceNanos;
        }

        /// Since when the call waits.
        public long sinceNanos() {
            return sinceNanos;
        }

        void leave() {
            queue.remove(this);
        }
    }
}
