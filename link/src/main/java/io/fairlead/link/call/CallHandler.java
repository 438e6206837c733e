package io.fairlead.link.call;

/// Answers the calls of a route.
@FunctionalInterface
public interface CallHandler {
    /// Called on the link's event loop: must not block. Answers the call now or later, from any thread,
    /// exactly once; an exception thrown here answers it with INTERNAL.
    void handle(IncomingCall call);

    /// Whether a call may be handled of which an earlier attempt may have run. If not, it is answered with
    /// UNKNOWN and [#handle] does not see it. Called on the link's event loop.
    default boolean mayRepeat(IncomingCall call) {
        return false;
    }

    /// Whether it keeps durable messages: its answer to one says that the effect is on disk. Asked once, at
    /// start.
    default boolean takesSends() {
        return false;
    }
}
