package io.fairlead.link.call;

/// Answers the calls of a route.
@FunctionalInterface
public interface CallHandler {
    /// Called on the link's event loop: must not block. Answers the call now or later, from any thread, exactly once;
    /// an exception thrown here answers it with INTERNAL.
    void handle(IncomingCall call);
}
