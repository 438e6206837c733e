package io.fairlead.gateway;

import io.micrometer.core.instrument.Clock;
import java.util.concurrent.TimeUnit;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// The clock of the meters: the wall's time, brought up to date ten times a second.
///
/// A timer looks at it twice for each call, to see whether its window of minutes is over; that is worth no two looks at
/// the real clock. Durations do not come from here. Thread-safe.
@Component
class CoarseClock implements Clock {
    private volatile long wallTimeMillis = System.currentTimeMillis();

    @Scheduled(fixedRate = 100, timeUnit = TimeUnit.MILLISECONDS)
    void tick() {
        wallTimeMillis = System.currentTimeMillis();
    }

    @Override
    public long wallTime() {
        return wallTimeMillis;
    }

    @Override
    public long monotonicTime() {
        return System.nanoTime();
    }
}
