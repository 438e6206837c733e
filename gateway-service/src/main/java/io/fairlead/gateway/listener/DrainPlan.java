package io.fairlead.gateway.listener;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// When each of many connections is asked to end, so that their clients do not all come back at once, here or at the
/// gateway next door.
///
/// The window is cut into as many slices as there are connections, and each ends at a random moment of its slice:
///
/// ```
/// |   x  |x     |    x |  x   |     x|        5 connections, no two slices share one
/// 0                                  window
/// ```
///
/// A slice is at most 10 ms, so that a few connections do not take the whole window.
///
/// @param window most that the asking takes
/// @param timeout after which what is left is closed, from the start of the window
/// @param random shuffles and jitters
record DrainPlan(Duration window, Duration timeout, RandomGenerator random) {
    private static final Duration MAX_SLICE = Duration.ofMillis(10);

    /// How long the asking takes for so many connections.
    Duration windowFor(int connections) {
        Duration needed = MAX_SLICE.multipliedBy(connections);
        return needed.compareTo(window) < 0 ? needed : window;
    }

    /// The moment of each connection, in nanoseconds from now, ascending.
    long[] delaysNanos(int connections) {
        long[] delays = new long[connections];
        double slice = (double) windowFor(connections).toNanos() / Math.max(1, connections);
        for (int i = 0; i < connections; i++) {
            delays[i] = (long) ((i + random.nextDouble()) * slice);
        }
        return delays;
    }
}
