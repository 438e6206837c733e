package io.fairlead.link.call;

import io.fairlead.link.Link;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/// A call that came in, and the way to answer it.
///
/// Thread-safe. The first of [#reply], [#fail] and [#refuse] answers; later ones return false and do nothing.
/// An answer to a call that was cancelled or whose link has ended goes nowhere; a handler need not answer
/// such a call.
public final class IncomingCall {
    private static final AtomicIntegerFieldUpdater<IncomingCall> ANSWERED =
            AtomicIntegerFieldUpdater.newUpdater(IncomingCall.class, "answered");

    private static final byte[] EMPTY = {};

    private final CallLink owner;
    private final long id;
    private final Route route;
    private final Metadata metadata;
    private final byte[] payload;
    private final int priority;
    private final boolean send;

    /// Changed only before the call leaves the loop.
    private long deadlineNanos;

    private volatile int answered;
    private volatile boolean cancelled;

    /// Guarded by this.
    private @Nullable List<Runnable> cancelListeners;

    /// Exists only where somebody listens.
    private volatile @Nullable ScheduledFuture<?> deadlineTimer;

    IncomingCall(
            CallLink owner,
            long id,
            Route route,
            Metadata metadata,
            byte[] payload,
            int priority,
            boolean send,
            long deadlineNanos) {
        this.send = send;
        this.owner = owner;
        this.id = id;
        this.route = route;
        this.metadata = metadata;
        this.payload = payload;
        this.priority = priority;
        this.deadlineNanos = deadlineNanos;
    }

    /// Unique on its link.
    public long id() {
        return id;
    }

    /// What is called.
    public Route route() {
        return route;
    }

    /// What came beside the payload.
    public Metadata metadata() {
        return metadata;
    }

    /// The payload; not copied, do not change it.
    public byte[] payload() {
        return payload;
    }

    /// 0 = default.
    public int priority() {
        return priority;
    }

    /// Whether it is the delivery of a durable message.
    public boolean isSend() {
        return send;
    }

    /// Whether the caller set a deadline.
    public boolean hasDeadline() {
        return deadlineNanos != Long.MAX_VALUE;
    }

    /// Time left, negative when past; a very long time without a deadline.
    public Duration timeLeft() {
        return hasDeadline() ? Duration.ofNanos(deadlineNanos - System.nanoTime()) : Duration.ofDays(365_000);
    }

    /// Brings the deadline forward to at most `limit` from now, for a handler that has a limit of its own. On
    /// the link's loop only, before the call is handed to another thread.
    public void limitTime(Duration limit) {
        long limited = System.nanoTime() + limit.toNanos();
        if (!hasDeadline() || limited - deadlineNanos < 0) {
            deadlineNanos = limited;
        }
    }

    /// Whether the deadline has passed.
    public boolean isExpired() {
        return hasDeadline() && deadlineNanos - System.nanoTime() <= 0;
    }

    /// The link it came on, for its peer and address.
    public Link link() {
        return owner.link();
    }

    /// Whether nobody waits for the answer any more: cancelled by the caller, or the link has ended.
    public boolean isCancelled() {
        return cancelled;
    }

    /// Runs `listener` on the link's loop once the call is cancelled or its deadline has passed without an
    /// answer; at once, on this thread, if that has happened. It must not block.
    public void onCancel(Runnable listener) {
        synchronized (this) {
            if (!cancelled && !isExpired()) {
                if (cancelListeners == null) {
                    cancelListeners = new ArrayList<>(1);
                    listenToDeadline();
                }
                cancelListeners.add(listener);
                return;
            }
        }
        listener.run();
    }

    private void listenToDeadline() {
        if (hasDeadline()) {
            // A nanosecond more: the timer must find the call expired.
            long delayNanos = deadlineNanos - System.nanoTime() + 1;
            deadlineTimer = link().eventLoop().schedule(this::expired, delayNanos, TimeUnit.NANOSECONDS);
        }
    }

    private void expired() {
        if (answered == 0) {
            takeListeners(cancelled).forEach(Runnable::run);
        }
    }

    /// @return whether this ended the call: it has no answer and will have none
    boolean cancel() {
        // Before the listeners run: what they answer is no longer wanted.
        boolean ended = claim();
        takeListeners(true).forEach(Runnable::run);
        return ended;
    }

    private synchronized List<Runnable> takeListeners(boolean nowCancelled) {
        cancelled = nowCancelled;
        List<Runnable> listeners = cancelListeners;
        cancelListeners = null;
        return listeners == null ? List.of() : listeners;
    }

    /// Answers with this payload.
    public boolean reply(byte[] answer) {
        return reply(Metadata.EMPTY, answer);
    }

    /// Answers with metadata and payload.
    public boolean reply(Metadata metadata, byte[] answer) {
        return claim() && owner.answer(this, new Answer(FrameType.RESPONSE, (byte) 0, Status.OK, 0, metadata, answer));
    }

    /// Sends a part of a stream of answers; [#reply] or [#fail] ends the stream.
    ///
    /// @return false if the call is answered or cancelled
    public boolean replyPart(byte[] part) {
        return answered == 0
                && !cancelled
                && owner.answer(
                        this, new Answer(FrameType.RESPONSE, Frames.FLAG_MORE, Status.OK, 0, Metadata.EMPTY, part));
    }

    /// Answers that the call failed; it ran or may have run.
    public boolean fail(Status status, String message) {
        return fail(status, message, Duration.ZERO, Metadata.EMPTY);
    }

    /// Answers that the call failed, with a hint when to try again (0 = none) and metadata.
    public boolean fail(Status status, String message, Duration retryAfter, Metadata metadata) {
        return claim() && owner.answer(this, Answer.status(FrameType.ERROR, status, message, retryAfter, metadata));
    }

    /// Answers that the call certainly did not run, so that it may be sent elsewhere.
    public boolean refuse(Status status, String message, Duration retryAfter) {
        return claim()
                && owner.answer(this, Answer.status(FrameType.REFUSAL, status, message, retryAfter, Metadata.EMPTY));
    }

    private boolean claim() {
        if (!ANSWERED.compareAndSet(this, 0, 1)) {
            return false;
        }
        ScheduledFuture<?> timer = deadlineTimer;
        if (timer != null) {
            timer.cancel(false);
        }
        return true;
    }

    /// What goes back.
    @SuppressWarnings("ArrayRecordComponent") // payloads are passed on and never compared
    record Answer(byte type, byte flags, Status status, long retryAfterMillis, Metadata metadata, byte[] payload) {
        boolean last() {
            return (flags & Frames.FLAG_MORE) == 0;
        }

        static Answer status(byte type, Status status, String message, Duration retryAfter, Metadata metadata) {
            String cut = message.length() > 1024 ? message.substring(0, 1024) : message;
            byte[] text = cut.isEmpty() ? EMPTY : cut.getBytes(StandardCharsets.UTF_8);
            long retryAfterMillis = TimeUnit.MILLISECONDS.convert(retryAfter); // as much as fits
            return new Answer(type, (byte) 0, status, retryAfterMillis, metadata, text);
        }
    }
}
