package io.fairlead.starter.metrics;

import io.fairlead.starter.worker.CallRecorder;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Times calls as `fairlead.worker.calls`, tagged with service, method and status. A meter comes into being with the
/// first call of its status, so there are at most 17 for each method.
///
/// @since 0.1
public final class MicrometerCallRecorder implements CallRecorder {
    private final MeterRegistry registry;

    /// @param registry where the meters go
    public MicrometerCallRecorder(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public RouteRecorder of(Route route) {
        AtomicReferenceArray<Timer> timers = new AtomicReferenceArray<>(Status.values().length);
        return (status, nanos) -> {
            Timer timer = timers.get(status.code());
            if (timer == null) {
                timer = timer(route, status);
                timers.set(status.code(), timer);
            }
            timer.record(nanos, TimeUnit.NANOSECONDS);
        };
    }

    private Timer timer(Route route, Status status) {
        return Timer.builder("fairlead.worker.calls")
                .description("Calls that this worker answered or refused, from arrival to answer")
                .tag("service", route.service())
                .tag("method", route.method())
                .tag("status", status.name())
                .register(registry);
    }
}
