package io.fairlead.starter.worker;

import io.fairlead.wire.Route;
import io.fairlead.wire.Status;

/// Counts and times the calls of a worker. A bean of this type replaces the one for Micrometer.
///
/// @since 0.1
@FunctionalInterface
public interface CallRecorder {
    /// Records nothing.
    CallRecorder NONE = route -> (status, nanos) -> {};

    /// Called once for each method at start.
    RouteRecorder of(Route route);

    /// Records the calls of one method.
    @FunctionalInterface
    interface RouteRecorder {
        /// A call ended. Called from any thread, also from event loops: must not block.
        ///
        /// @param status OK, or how it failed or was refused
        /// @param nanos since it came in
        void ended(Status status, long nanos);
    }
}
