package io.fairlead.gateway.listener;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Puts the replies of one connection into the order of their requests: a ring of the calls in flight.
///
/// Numbers run from 0; `head` is the oldest call that is not answered to the end. What it answers leaves at
/// once; what later calls answer is kept, framed, until it is their turn. At most the window's number of calls
/// is in flight, and a reply is no longer than a frame; whoever keeps parts of a stream bounds them by
/// [#keptBytes]. Confined to its loop.
final class ReplyWindow {
    private final @Nullable ByteBuf[] kept;
    private final boolean[] done;
    private final int mask;
    private long head;
    private long next;
    private long keptBytes;

    ReplyWindow(int window) {
        int capacity = Integer.highestOneBit(Math.max(1, window * 2 - 1));
        kept = new ByteBuf[capacity];
        done = new boolean[capacity];
        mask = capacity - 1;
    }

    /// Takes the next number.
    long begin() {
        return next++;
    }

    /// Calls that are not answered to the end, or whose answers wait for an earlier one.
    int inFlight() {
        return (int) (next - head);
    }

    /// Whether what this call answers may leave at once.
    boolean isTurn(long number) {
        return number == head;
    }

    /// Bytes that wait for earlier calls.
    long keptBytes() {
        return keptBytes;
    }

    /// Keeps framed bytes until it is the call's turn. Takes ownership.
    void keep(long number, ByteBuf framed) {
        int slot = (int) number & mask;
        keptBytes += framed.readableBytes();
        ByteBuf before = kept[slot];
        if (before == null) {
            kept[slot] = framed;
        } else {
            // Only streams of replies come here: rare, so the copy does not matter.
            before.writeBytes(framed);
            framed.release();
        }
    }

    /// The call has no further answer.
    void end(long number) {
        done[(int) number & mask] = true;
    }

    /// What may leave now: call until it returns null. The caller owns what is returned.
    @Nullable ByteBuf poll() {
        while (head < next) {
            int slot = (int) head & mask;
            ByteBuf framed = kept[slot];
            kept[slot] = null;
            if (done[slot]) {
                done[slot] = false;
                head++;
            } else if (framed == null) {
                return null;
            }
            if (framed != null) {
                keptBytes -= framed.readableBytes();
                return framed;
            }
        }
        return null;
    }

    /// Releases everything.
    void clear() {
        for (int i = 0; i < kept.length; i++) {
            ByteBuf framed = kept[i];
            if (framed != null) {
                framed.release();
                kept[i] = null;
            }
        }
        keptBytes = 0;
    }
}
