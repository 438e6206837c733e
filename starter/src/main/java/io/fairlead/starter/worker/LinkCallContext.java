package io.fairlead.starter.worker;

import io.fairlead.link.call.IncomingCall;
import io.fairlead.starter.CallContext;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import java.time.Duration;

/// The context of a call that came over a link.
final class LinkCallContext implements CallContext {
    private final IncomingCall call;

    /// Guarded by this for writing.
    private volatile Metadata replyMetadata = Metadata.EMPTY;

    LinkCallContext(IncomingCall call) {
        this.call = call;
    }

    @Override
    public Route route() {
        return call.route();
    }

    @Override
    public Metadata metadata() {
        return call.metadata();
    }

    @Override
    public int attempt() {
        return attempt(call);
    }

    /// As the gateway says; 1 if it does not.
    static int attempt(IncomingCall call) {
        String text = call.metadata().get(Metadata.ATTEMPT);
        if (text == null) {
            return 1;
        }
        try {
            return Math.max(1, Integer.parseInt(text));
        } catch (NumberFormatException e) {
            return 1;
        }
    }

    @Override
    public String remoteAddress() {
        return call.link().remoteAddress();
    }

    @Override
    public boolean hasDeadline() {
        return call.hasDeadline();
    }

    @Override
    public Duration timeLeft() {
        return call.timeLeft();
    }

    @Override
    public boolean isCancelled() {
        return call.isCancelled() || call.isExpired();
    }

    @Override
    public void onCancel(Runnable action) {
        // Not on the link's loop, where it would be called: it is the application's code and may block.
        call.onCancel(() -> Thread.ofVirtual().name(call.route() + " cancelled").start(action));
    }

    @Override
    public synchronized void replyMetadata(String key, String value) {
        replyMetadata = replyMetadata.with(key, value);
    }

    Metadata replyMetadata() {
        return replyMetadata;
    }
}
