package io.fairlead.gateway.delivery;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which of a loop's messages are in memory and which wait on disk. Confined to the loop.
///
/// From the first message that is left on disk until all there have been read, new ones are left there, too, so
/// that none overtakes another: those of one service if only its share is full, else those of all.
final class Overflow {
    /// No service has more than this share of the memory: one whose workers are away leaves room for the
    /// others.
    private static final int SERVICE_SHARE = 8;

    private final int most;
    private final long mostBytes;
    private final Map<String, Share> shares = new HashMap<>();
    private int held;
    private long heldBytes;

    /// Messages wait on disk that are not in memory, or may.
    private boolean behind = true;

    /// Messages that were left on disk so far, and looks that are wanted.
    private long left;

    private boolean reading;

    /// What is to be read from disk.
    ///
    /// @param without services that have no room
    /// @param messages most messages
    /// @param bytes most bytes of them
    /// @param leftBefore messages that had been left on disk when it was decided
    record Read(Set<String> without, int messages, long bytes, long leftBefore) {}

    /// @param most messages in memory
    /// @param mostBytes of their metadata and payloads
    Overflow(int most, long mostBytes) {
        this.most = most;
        this.mostBytes = mostBytes;
    }

    /// What a service has of the memory.
    Share share(String service) {
        return shares.computeIfAbsent(
                service, key -> new Share(Math.max(1, most / SERVICE_SHARE), Math.max(1, mostBytes / SERVICE_SHARE)));
    }

    /// Whether a new message is to be in memory; if not, it waits on disk.
    ///
    /// @param mayBe false if it is to be read from disk in any case
    boolean takes(String service, boolean mayBe) {
        Share share = share(service);
        if (share.isFull()) {
            share.behind(true);
        } else if (behind || share.isBehind() || !mayBe || held >= most || heldBytes >= mostBytes) {
            behind = true;
        } else {
            return true;
        }
        left++;
        return false;
    }

    /// A message is in memory.
    void held(Delivery delivery) {
        held++;
        heldBytes += delivery.bytes();
        delivery.route().share().held(delivery.bytes());
    }

    /// A message is no longer in memory.
    void let(Delivery delivery) {
        held--;
        heldBytes -= delivery.bytes();
        Share share = delivery.route().share();
        share.let(delivery.bytes());
        if (share.isBehind() && share.hasRoom()) {
            behind();
        }
    }

    /// Messages wait on disk, or may, of which what is being read may know nothing.
    void behind() {
        behind = true;
        left++;
    }

    /// Begins to read, if something may wait on disk and there is room; [#read] or [#notRead] follows.
    ///
    /// @return null if nothing is to be read now
    @Nullable Read begin() {
        if (!behind || reading || held > most / 4 * 3 || heldBytes > mostBytes / 4 * 3) {
            return null;
        }
        reading = true;
        Set<String> full = new HashSet<>();
        shares.forEach((service, share) -> {
            if (share.isFull()) {
                full.add(service);
            }
        });
        return new Read(
                full,
                Math.max(1, Math.min(most - held, most / SERVICE_SHARE)),
                Math.max(1, Math.min(mostBytes - heldBytes, mostBytes / SERVICE_SHARE)),
                left);
    }

    /// What was found is in memory.
    ///
    /// @param nothing whether nothing was found
    void read(Read read, boolean nothing) {
        reading = false;
        boolean all = nothing && left == read.leftBefore();
        behind = behind && !all;
        shares.forEach((service, share) -> {
            if (read.without().contains(service)) {
                share.behind(true);
                behind |= share.hasRoom();
            } else if (all) {
                share.behind(false);
            }
        });
    }

    /// The disk could not be read.
    void notRead() {
        reading = false;
    }

    /// Bytes of the messages in memory.
    long heldBytes() {
        return heldBytes;
    }
}
