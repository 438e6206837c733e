package io.fairlead.starter.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.wire.Route;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class LoopExecutorTests {
    private static final String WARNING = "Handler of echo/upper held an event loop up for ";

    /// Begins just below the overflow of a monotonic clock, whose origin is arbitrary.
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(5);

    private final LoopExecutor executor = new LoopExecutor(Route.parse("echo/upper"), () -> now);

    private void run(long millis) {
        executor.execute(() -> now += TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void saysWhichMethodHoldsALoopUpOnceInTenSeconds(CapturedOutput output) {
        run(99);
        assertThat(output).doesNotContain(WARNING);
        run(120);
        run(130);
        assertThat(output).containsOnlyOnce(WARNING).contains(WARNING + "120 ms (expected: some microseconds");
        run(10_000);
        assertThat(output).contains(WARNING + "10000 ms");
    }
}
