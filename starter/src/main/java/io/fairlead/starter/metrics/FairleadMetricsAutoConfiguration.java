package io.fairlead.starter.metrics;

import io.fairlead.starter.autoconfigure.FairleadWorkerAutoConfiguration;
import io.fairlead.starter.worker.CallRecorder;
import io.fairlead.starter.worker.Worker;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/// The meters `fairlead.worker.calls` and `fairlead.worker.in.flight`.
@AutoConfiguration(
        after = FairleadWorkerAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, Worker.class})
public final class FairleadMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    CallRecorder fairleadCallRecorder(MeterRegistry registry) {
        return new MicrometerCallRecorder(registry);
    }

    @Bean
    MeterBinder fairleadWorkerMeters(Worker worker) {
        return registry -> Gauge.builder("fairlead.worker.in.flight", worker, Worker::inFlight)
                .description("Handlers that run")
                .register(registry);
    }
}
