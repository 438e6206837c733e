package io.fairlead.starter.worker;

import io.fairlead.starter.worker.CallRecorder.RouteRecorder;
import io.fairlead.wire.Route;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A method ready to be called: all that reflection has to say of it was asked at start.
///
/// @param timeout longest a call may take; zero = no limit
/// @param interruptible whether its thread is interrupted when nobody waits for the answer any more
/// @param keyed null if it keeps no keys
/// @param handle bound to its bean, of type `(Object, CallContext)Object`; takes null for a parameter the
///     method lacks
/// @param takesContext whether to make a [io.fairlead.starter.CallContext] for it
/// @param reader null if the method takes no payload
/// @param async whether it returns a stage, of which `writer` writes the value
/// @param executor runs its calls: each on a virtual thread named after the route, or at once on the loop
record HandlerMethod(
        Route route,
        boolean idempotent,
        Duration timeout,
        boolean interruptible,
        @Nullable Keyed keyed,
        MethodHandle handle,
        boolean takesContext,
        Payloads.@Nullable Reader reader,
        boolean async,
        Payloads.Writer writer,
        RouteRecorder recorder,
        Executor executor) {}
