package io.fairlead.gateway.call;

import io.fairlead.gateway.balance.PickArgs;
import io.fairlead.wire.Route;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One call between its arrival and its end. Confined to its loop.
///
/// The body (client's metadata, then payload) is kept until the end, because a call that certainly has not run
/// is sent elsewhere. A small body is copied, so that it does not hold the much larger buffer that it was read
/// into; a big one is a retained slice.
public final class Call implements PickArgs {
    /// Bodies up to this many bytes are copied.
    private static final int COPY_BYTES = 1024;

    private static final byte[] NO_BYTES = {};

    private final CallOrigin origin;
    private final long originId;
    private final Route route;
    private final byte[] addedMetadata;
    private final int clientMetadataLength;
    private final byte[] small;
    private final @Nullable ByteBuf large;
    private final int priority;
    private final long startNanos;
    private final long deadlineNanos;

    private @Nullable Upstream upstream;
    private long upstreamId;
    private long attemptNanos;
    private long affinityHash;

    /// Upstreams before [#upstream]; null before the second attempt, so that most calls pay nothing for it.
    private @Nullable List<Upstream> earlier;

    private int attempts;
    private boolean ended;

    /// Neighbours in the [DeadlineWheel].
    @Nullable Call wheelNext;

    @Nullable Call wheelPrevious;

    int wheelSlot = -1;

    /// @param origin where the answer goes
    /// @param originId the origin's own number of the call
    /// @param addedMetadata encoded entries that the gateway adds to the client's; shared, not changed
    /// @param buf holds the body; copied or retained, so it stays the caller's
    /// @param index of the body's first byte
    /// @param length of the body: the client's encoded metadata and the payload
    /// @param clientMetadataLength bytes at the body's start that are metadata
    /// @param priority class, 0 = default
    /// @param deadlineNanos on the clock of `System.nanoTime`
    public Call(
            CallOrigin origin,
            long originId,
            Route route,
            byte[] addedMetadata,
            ByteBuf buf,
            int index,
            int length,
            int clientMetadataLength,
            int priority,
            long startNanos,
            long deadlineNanos) {
        this.origin = origin;
        this.originId = originId;
        this.route = route;
        this.addedMetadata = addedMetadata;
        this.clientMetadataLength = clientMetadataLength;
        this.priority = priority;
        this.startNanos = startNanos;
        this.deadlineNanos = deadlineNanos;
        if (length <= COPY_BYTES) {
            small = length == 0 ? NO_BYTES : new byte[length];
            buf.getBytes(index, small);
            large = null;
        } else {
            small = NO_BYTES;
            large = buf.retainedSlice(index, length);
        }
    }

    /// Where the answer goes.
    public CallOrigin origin() {
        return origin;
    }

    /// The origin's own number of the call.
    public long originId() {
        return originId;
    }

    /// What is called.
    public Route route() {
        return route;
    }

    /// Encoded metadata that the gateway adds.
    public byte[] addedMetadata() {
        return addedMetadata;
    }

    /// Bytes at the body's start that are the client's metadata.
    public int clientMetadataLength() {
        return clientMetadataLength;
    }

    /// Bytes of the body.
    public int bodyLength() {
        return large == null ? small.length : large.readableBytes();
    }

    /// Appends the body to `out`.
    public void copyBody(ByteBuf out) {
        if (large == null) {
            out.writeBytes(small);
        } else {
            out.writeBytes(large, large.readerIndex(), large.readableBytes());
        }
    }

    /// The body to be sent without copying; the caller owns the returned reference. Null if it is small: copy it.
    public @Nullable ByteBuf retainBody() {
        return large == null ? null : large.retainedDuplicate();
    }

    /// The body, for reading during the call's life; do not release it.
    public ByteBuf body() {
        return large == null ? Unpooled.wrappedBuffer(small) : large.duplicate();
    }

    /// Priority class, 0 = default.
    public int priority() {
        return priority;
    }

    /// When it arrived, on the clock of `System.nanoTime`.
    public long startNanos() {
        return startNanos;
    }

    /// When its time is over, on the clock of `System.nanoTime`.
    public long deadlineNanos() {
        return deadlineNanos;
    }

    /// Milliseconds left, at least 1 while the deadline is not reached, else 0.
    public long timeLeftMillis(long nowNanos) {
        long left = deadlineNanos - nowNanos;
        return left <= 0 ? 0 : Math.max(1, left / 1_000_000);
    }

    /// The upstream that it was last written to; null before the first attempt.
    public @Nullable Upstream upstream() {
        return upstream;
    }

    /// Its number on that upstream's link.
    public long upstreamId() {
        return upstreamId;
    }

    /// How often it was written to an upstream.
    public int attempts() {
        return attempts;
    }

    /// When it was last written to an upstream, on the clock of `System.nanoTime`.
    public long attemptNanos() {
        return attemptNanos;
    }

    /// It is being written to an upstream.
    public void attempt(Upstream to, long id, long nowNanos) {
        if (upstream != null) {
            if (earlier == null) {
                earlier = new ArrayList<>(2);
            }
            earlier.add(upstream);
        }
        upstream = to;
        upstreamId = id;
        attemptNanos = nowNanos;
        attempts++;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a candidate is one object as long as its link lives
    public boolean hasTried(Object candidate) {
        return upstream == candidate || (earlier != null && candidate instanceof Upstream e && earlier.contains(e));
    }

    @Override
    public long affinityHash() {
        return affinityHash;
    }

    /// Calls of the same hash prefer the same instance.
    ///
    /// @param hash 0 = none
    public void affinity(long hash) {
        affinityHash = hash;
    }

    /// Whether it has had its last answer.
    public boolean isEnded() {
        return ended;
    }

    /// Ends it once: releases the body.
    ///
    /// @return false if it had ended before
    public boolean end() {
        if (ended) {
            return false;
        }
        ended = true;
        return true;
    }

    /// Gives the body back; after the origin has seen the end.
    public void release() {
        if (large != null) {
            large.release();
        }
    }

    /// Where calls are written to.
    public interface Upstream {
        /// Nobody waits for the answer any more.
        void cancel(Call call);
    }
}
