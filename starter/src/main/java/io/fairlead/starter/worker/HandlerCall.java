package io.fairlead.starter.worker;

import io.fairlead.link.call.IncomingCall;
import io.fairlead.starter.CallContext;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.inbox.NotRunException;
import io.fairlead.starter.inbox.StoredReply;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One call of one method, run on a virtual thread of its own, or on the event loop if the method does not block.
///
/// Its permit is given back exactly once, before the answer leaves, so that whoever has the answer finds room
/// for the next call. It stays taken while the handler works for a caller that has gone.
final class HandlerCall implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(HandlerCall.class);

    private final HandlerMethod method;
    private final IncomingCall call;
    private final Permits permits;
    private final int inFlight;
    private final long startNanos = System.nanoTime();
    private @Nullable LinkCallContext context;
    private boolean ran;
    private boolean ended;

    /// @param permits of which this call holds one
    /// @param inFlight handlers that run, this one included
    HandlerCall(HandlerMethod method, IncomingCall call, Permits permits, int inFlight) {
        this.method = method;
        this.call = call;
        this.permits = permits;
        this.inFlight = inFlight;
    }

    @Override
    public void run() {
        if (!begin()) {
            return;
        }
        try {
            invoke();
        } catch (Throwable e) {
            // Whatever a handler throws, its caller gets an answer and its permit comes back.
            fail(e);
        }
    }

    /// Refuses the call if nobody waits for it any more.
    boolean begin() {
        if (call.isCancelled()) {
            refuse(Status.CANCELLED, "cancelled before it began");
            return false;
        }
        if (call.isExpired()) {
            refuse(Status.DEADLINE_EXCEEDED, "the deadline passed before it began");
            return false;
        }
        return true;
    }

    /// @throws UnreadablePayloadException if it is not what the method takes
    @Nullable Object payload() {
        Payloads.Reader reader = method.reader();
        return reader == null ? null : reader.read(call.payload());
    }

    private void invoke() throws Throwable {
        Object payload = payload();
        LinkCallContext passed = method.takesContext() ? new LinkCallContext(call) : null;
        context = passed;
        ran = true;
        Object result = method.interruptible()
                ? invokeInterruptibly(payload, passed)
                : (Object) method.handle().invokeExact(payload, (CallContext) passed);
        if (!method.async()) {
            reply(result);
        } else if (result instanceof CompletionStage<?> stage) {
            stage.whenComplete(this::complete);
        } else {
            throw new NullPointerException("the method returned null instead of a CompletionStage");
        }
    }

    /// Runs a method that keeps keys and leaves its answer to the caller; again after a roll-back.
    StoredReply produce(@Nullable Object payload) throws Throwable {
        LinkCallContext passed = method.takesContext() ? new LinkCallContext(call) : null;
        context = passed;
        ran = true;
        Object result = (Object) method.handle().invokeExact(payload, (CallContext) passed);
        return new StoredReply(replyMetadata(), method.writer().write(result));
    }

    private @Nullable Object invokeInterruptibly(@Nullable Object payload, @Nullable LinkCallContext passed)
            throws Throwable {
        Interruption interruption = new Interruption();
        // Not on the loop: an interrupt closes the socket that the handler uses.
        call.onCancel(
                () -> Thread.ofVirtual().name(method.route() + " interrupt").start(interruption::interrupt));
        Object result = null;
        Throwable thrown = null;
        try {
            result = (Object) method.handle().invokeExact(payload, (CallContext) passed);
        } catch (Throwable e) {
            thrown = e;
        }
        boolean interrupted = interruption.end();
        if (thrown == null) {
            return result;
        }
        if (interrupted) {
            // Whatever it threw, be it a closed socket, is what the interrupt did.
            throw new FairleadException(
                    call.isCancelled() ? Status.CANCELLED : Status.DEADLINE_EXCEEDED,
                    "the handler was interrupted",
                    thrown);
        }
        throw thrown;
    }

    private void complete(@Nullable Object result, @Nullable Throwable failure) {
        if (failure != null) {
            fail(failure);
            return;
        }
        try {
            reply(result);
        } catch (Throwable e) {
            fail(e);
        }
    }

    private void reply(@Nullable Object result) {
        byte[] answer = method.writer().write(result);
        answer(new StoredReply(replyMetadata(), answer));
    }

    private Metadata replyMetadata() {
        Metadata metadata = method.writer().metadata();
        LinkCallContext passed = context;
        if (passed != null) {
            for (var entry : passed.replyMetadata().asMap().entrySet()) {
                metadata = metadata.with(entry.getKey(), entry.getValue());
            }
        }
        return metadata;
    }

    void answer(StoredReply reply) {
        end(Status.OK);
        call.reply(reply.metadata(), reply.payload());
    }

    /// Answers with what the exception says to the caller.
    void fail(Throwable thrown) {
        Throwable failure = unwrap(thrown);
        switch (failure) {
            case FairleadException e -> {
                log.debug("Handler of {} ended with {}", method.route(), e.status(), e);
                fail(e.status(), String.valueOf(e.getMessage()), e.retryAfter());
            }
            case UnreadablePayloadException e -> {
                log.debug("Call of {} from {}: {}", method.route(), call.link().remoteAddress(), e.getMessage());
                fail(Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()), Duration.ZERO);
            }
            case NotRunException e -> {
                // The inbox says now and then that this goes on, for whole floods of calls.
                log.debug("A call of {} is refused", method.route(), e);
                refuse(Status.UNAVAILABLE, "inbox: " + e.getMessage());
            }
            default -> {
                log.error("Handler of {} failed", method.route(), failure);
                // The cause may hold what the client must not see.
                fail(Status.INTERNAL, "the handler failed", Duration.ZERO);
            }
        }
    }

    private static Throwable unwrap(Throwable thrown) {
        Throwable failure = thrown;
        while ((failure instanceof CompletionException || failure instanceof ExecutionException)
                && failure.getCause() != null) {
            failure = failure.getCause();
        }
        return failure;
    }

    private void fail(Status status, String message, Duration retryAfter) {
        end(status);
        call.fail(status, message, retryAfter, Metadata.EMPTY);
    }

    private void refuse(Status status, String message) {
        end(status);
        call.refuse(status, message, Duration.ZERO);
    }

    private void end(Status status) {
        // Twice only if the answer itself failed to leave, as it does when the loops have ended.
        if (!ended) {
            ended = true;
            permits.release();
            long nanos = System.nanoTime() - startNanos;
            boolean dropped = call.isExpired();
            if (ran && (dropped || status == Status.OK)) {
                // Failures are often fast, and would make the limit believe that all is well.
                permits.ended(startNanos, nanos, inFlight, dropped);
            }
            method.recorder().ended(status, nanos);
        }
    }
}
