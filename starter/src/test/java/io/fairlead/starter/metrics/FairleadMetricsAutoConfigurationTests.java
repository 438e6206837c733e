package io.fairlead.starter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.WorkerCalls;
import io.fairlead.starter.worker.CallRecorder;
import io.fairlead.starter.worker.Worker;
import io.fairlead.wire.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class FairleadMetricsAutoConfigurationTests {
    private final ApplicationContextRunner runner = WorkerCalls.runner()
            .withConfiguration(
                    AutoConfigurations.of(FairleadMetricsAutoConfiguration.class, MetricsAutoConfiguration.class))
            .withBean(Sample.class);

    @Test
    void timesCallsByServiceMethodAndStatus() {
        runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            try (WorkerCalls calls = new WorkerCalls(context)) {
                calls.call("sample/fine", "");
                calls.call("sample/fine", "");
                calls.failure("sample/missing", "");
            }

            Awaitility.await().untilAsserted(() -> {
                assertThat(count(registry, "fine", "OK")).isEqualTo(2);
                assertThat(count(registry, "missing", "NOT_FOUND")).isEqualTo(1);
            });
            assertThat(registry.get("fairlead.worker.in.flight").gauge().value())
                    .isZero();
        });
    }

    @Test
    void recordsNothingWithoutARegistry() {
        runner.run(context ->
                assertThat(context).hasNotFailed().hasSingleBean(Worker.class).doesNotHaveBean(CallRecorder.class));
    }

    @Test
    void isAbsentWithoutMicrometer() {
        WorkerCalls.runner()
                .withConfiguration(AutoConfigurations.of(FairleadMetricsAutoConfiguration.class))
                .withBean(Sample.class)
                .withClassLoader(new FilteredClassLoader("io.micrometer"))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(Worker.class));
    }

    private static long count(MeterRegistry registry, String method, String status) {
        return registry.get("fairlead.worker.calls")
                .tags("service", "sample", "method", method, "status", status)
                .timer()
                .count();
    }

    @FairleadService("sample")
    static class Sample {
        @Call
        void fine() {}

        @Call
        void missing() {
            throw new FairleadException(Status.NOT_FOUND, "no such order");
        }
    }
}
