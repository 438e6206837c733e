package io.fairlead.gateway.call;

import io.fairlead.gateway.balance.PickArgs;
import io.fairlead.link.TimerWheel;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// One call between its arrival and its end. Confined to its loop.
///
/// The body (client's metadata, then payload) is kept until the end, because a call that certainly has not
/// run is sent elsewhere. A small body is copied, so that it does not hold the much larger buffer that it was
/// read into; a big one is a retained slice.
///
/// A call that goes straight through, which almost all do, is this one object; what only the others need is
/// in its [Detour].
public final class Call extends TimerWheel.Entry implements PickArgs {
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
    private final Priority priority;
    private final RetryBudget budget;
    private final long startNanos;
    private final long deadlineNanos;

    /// The first of the attempts that run, or the last one that has ended.
    private @Nullable Upstream upstream;

    private long upstreamId;
    private long attemptNanos;
    private long affinityHash;
    private int attempts;
    private boolean running;
    private boolean answering;
    private boolean ended;
    private boolean send;
    private boolean lost;
    private @Nullable Detour detour;

    /// @param origin where the answer goes
    /// @param originId the origin's own number of the call
    /// @param addedMetadata encoded entries that the gateway adds to the client's; shared, not changed
    /// @param buf holds the body; copied or retained, so it stays the caller's
    /// @param index of the body's first byte
    /// @param length of the body: the client's encoded metadata and the payload
    /// @param clientMetadataLength bytes at the body's start that are metadata
    /// @param budget that attempts after the first draw on
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
            Priority priority,
            RetryBudget budget,
            long startNanos,
            long deadlineNanos) {
        this.origin = origin;
        this.originId = originId;
        this.route = route;
        this.addedMetadata = addedMetadata;
        this.clientMetadataLength = clientMetadataLength;
        this.priority = priority;
        this.budget = budget;
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

    /// The body to be sent without copying; the caller owns the returned reference. Null if it is small: copy
    /// it.
    public @Nullable ByteBuf retainBody() {
        return large == null ? null : large.retainedDuplicate();
    }

    /// The body, for reading during the call's life; do not release it.
    public ByteBuf body() {
        return large == null ? Unpooled.wrappedBuffer(small) : large.duplicate();
    }

    /// Whether its metadata has an entry of this key.
    ///
    /// @param key in ASCII
    public boolean hasMetadata(byte[] key) {
        return (clientMetadataLength > 0 && Metadata.contains(body(), 0, clientMetadataLength, key))
                || Metadata.contains(Unpooled.wrappedBuffer(addedMetadata), 0, addedMetadata.length, key);
    }

    /// It is a durable message, and not a call.
    public Call asSend() {
        send = true;
        return this;
    }

    /// Whether it is a durable message.
    public boolean isSend() {
        return send;
    }

    /// The flag bits of its REQUEST.
    public byte flags() {
        return send ? Frames.FLAG_SEND : 0;
    }

    /// It ends because the link of its last attempt ended without an answer.
    public void lost() {
        lost = true;
    }

    /// Whether it ended because its link did, and not by an answer.
    public boolean isLost() {
        return lost;
    }

    /// Name of the instance that had its last attempt; empty if none had one.
    public String lastInstance() {
        Upstream last = upstream;
        return last == null ? "" : last.name();
    }

    /// What is given up first when there is not room for all.
    public Priority priority() {
        return priority;
    }

    /// What attempts after the first draw on.
    public RetryBudget budget() {
        return budget;
    }

    /// When it arrived, on the clock of `System.nanoTime`.
    public long startNanos() {
        return startNanos;
    }

    /// When its time is over, on the clock of `System.nanoTime`.
    public long deadlineNanos() {
        return deadlineNanos;
    }

    /// Milliseconds left, at least 1: in a frame 0 would say that there is no deadline.
    public long timeLeftMillis(long nowNanos) {
        return Math.max(1, (deadlineNanos - nowNanos) / 1_000_000);
    }

    /// How often it was written to an upstream.
    public int attempts() {
        return attempts;
    }

    /// It is being written to an upstream. While an attempt runs, this is the second one beside it.
    public void attempt(Upstream to, long id, long nowNanos) {
        attempts++;
        if (running) {
            detour().second(to, id, nowNanos);
            return;
        }
        Upstream before = upstream;
        if (before != null) {
            detour().tried(before);
        }
        upstream = to;
        upstreamId = id;
        attemptNanos = nowNanos;
        running = true;
    }

    /// Its number on that upstream's link; 0 if no attempt runs there.
    public long idAt(Upstream at) {
        if (running && same(at, upstream)) {
            return upstreamId;
        }
        return detour != null && same(at, detour.second()) ? detour.secondId() : 0;
    }

    /// When the attempt there was written, on the clock of `System.nanoTime`.
    public long attemptNanosAt(Upstream at) {
        return detour != null && same(at, detour.second()) ? detour.secondNanos() : attemptNanos;
    }

    /// Whether an attempt runs: it was written and has not ended.
    public boolean isRunning() {
        return running;
    }

    @Override
    public boolean hasTried(Object candidate) {
        return same(candidate, upstream) || (detour != null && detour.hasTried(candidate));
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

    /// No attempt runs, and the instances that had no room are worth another one.
    public void forgetTried() {
        upstream = null;
        if (detour != null) {
            detour.forgetTried();
        }
    }

    /// An attempt has ended without the call's last answer.
    ///
    /// @return whether another attempt still runs
    public boolean attemptEnded(Upstream at) {
        Detour others = detour;
        Upstream second = others == null ? null : others.second();
        if (others == null || second == null) {
            running = false;
            return false;
        }
        if (same(at, second)) {
            others.secondEnded();
        } else {
            others.tried(at);
            upstream = second;
            upstreamId = others.secondId();
            attemptNanos = others.secondNanos();
            others.secondTakesOver();
        }
        return true;
    }

    /// Ends all attempts that run, except one, which is the only one from then on.
    ///
    /// @param winner null = ends all
    public void cancelAllBut(@Nullable Upstream winner) {
        Upstream first = running ? upstream : null;
        Upstream second = detour == null ? null : detour.second();
        if (second != null && !same(second, winner)) {
            second.cancel(this);
        }
        if (first != null && !same(first, winner)) {
            first.cancel(this);
        }
        if (detour != null && second != null) {
            if (same(second, winner)) {
                upstream = second;
                upstreamId = detour.secondId();
                attemptNanos = detour.secondNanos();
            }
            detour.secondTakesOver();
        }
        running &= winner != null;
    }

    /// Whether a part of the answer has gone to the origin: from then on the call cannot be repeated.
    public boolean isAnswering() {
        return answering;
    }

    /// A part of the answer goes to the origin.
    public void answering() {
        answering = true;
    }

    /// What calls need that do not go straight through; made when first asked for.
    public Detour detour() {
        if (detour == null) {
            detour = new Detour();
        }
        return detour;
    }

    /// Null for a call that has gone straight so far.
    public @Nullable Detour detourOrNull() {
        return detour;
    }

    /// Whether some attempt may have run, of those that have ended and those that have not.
    public boolean mayHaveRun() {
        return running || (detour != null && detour.mayHaveRun() != null);
    }

    /// Ends it once.
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

    @SuppressWarnings("ReferenceEquality") // an upstream is a place, not a value
    static boolean same(@Nullable Object one, @Nullable Object other) {
        return one == other;
    }

    /// Where calls are written to.
    public interface Upstream {
        /// Name of the instance.
        String name();

        /// Nobody waits for this attempt's answer any more; see [Call#idAt].
        void cancel(Call call);
    }
}
