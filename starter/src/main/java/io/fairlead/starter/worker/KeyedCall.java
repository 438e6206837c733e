package io.fairlead.starter.worker;

import io.fairlead.link.call.IncomingCall;
import io.fairlead.starter.Effect;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.inbox.Delivery;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.inbox.KeyedRequest;
import io.fairlead.starter.inbox.StoredReply;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Status;
import org.jspecify.annotations.Nullable;

/// One call of a method that keeps keys: what [HandlerCall] is to others, with the inbox between them.
///
/// Calls, and deliveries with an effect outside the database, have a virtual thread of their own; other
/// deliveries are run by the inbox, together.
final class KeyedCall implements Runnable, Delivery {
    private final HandlerCall call;
    private final HandlerMethod method;
    private final Keyed keyed;
    private final IncomingCall incoming;
    private final Inbox inbox;
    private @Nullable Object payload;

    KeyedCall(HandlerCall call, HandlerMethod method, Keyed keyed, IncomingCall incoming, Inbox inbox) {
        this.call = call;
        this.method = method;
        this.keyed = keyed;
        this.incoming = incoming;
        this.inbox = inbox;
    }

    /// Hands it to the inbox; on any thread.
    void deliver() {
        try {
            inbox.deliver(this);
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    @Override
    public void run() {
        if (!call.begin()) {
            return;
        }
        StoredReply reply;
        try {
            payload = call.payload();
            KeyedRequest request = request();
            if (request == null) {
                reply = inbox.callWithoutKey(this);
            } else if (keyed.effect() == Effect.EXTERNAL) {
                reply = inbox.callExternal(request, this, keyed.reconciler());
            } else {
                reply = inbox.call(request, this);
            }
        } catch (Throwable e) {
            // Whatever a handler throws, its caller gets an answer and its permit comes back.
            call.fail(e);
            return;
        }
        call.answer(reply);
    }

    private @Nullable KeyedRequest request() {
        KeyedRequest request = inbox.request(
                method.route(),
                incoming.metadata(),
                incoming.payload(),
                incoming.isSend(),
                incoming.hasDeadline() ? incoming.timeLeft() : null,
                method.timeout().toMillis());
        if (request == null && incoming.isSend()) {
            throw new FairleadException(
                    Status.INVALID_ARGUMENT,
                    "delivery: has neither " + Metadata.IDEMPOTENCY_KEY + " nor " + Metadata.MESSAGE_ID
                            + " (expected: one of them)");
        }
        return request;
    }

    @Override
    public @Nullable KeyedRequest prepare() {
        if (!call.begin()) {
            return null;
        }
        try {
            payload = call.payload();
            return request();
        } catch (Throwable e) {
            // Whatever reading it throws, its batch goes on.
            call.fail(e);
            return null;
        }
    }

    @Override
    public int attempt() {
        return LinkCallContext.attempt(incoming);
    }

    @Override
    public StoredReply handle() throws Throwable {
        return call.produce(payload);
    }

    @Override
    public void done(StoredReply reply) {
        call.answer(reply);
    }

    @Override
    public void failed(Throwable reason) {
        call.fail(reason);
    }
}
