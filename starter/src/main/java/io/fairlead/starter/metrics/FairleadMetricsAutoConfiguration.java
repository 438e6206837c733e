package io.fairlead.starter.metrics;

import io.fairlead.link.LinkSecret;
import io.fairlead.starter.autoconfigure.FairleadWorkerAutoConfiguration;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.inbox.InboxCounters;
import io.fairlead.starter.worker.CallRecorder;
import io.fairlead.starter.worker.Worker;
import io.fairlead.starter.worker.WorkerLinks;
import io.fairlead.wire.Priority;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/// The meters `fairlead.worker.calls`, `.in.flight`, `.limit` and `.refused`,
/// `fairlead.links.unauthenticated`, and
/// `fairlead.inbox.keys` where there is an inbox.
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
    MeterBinder fairleadLinkMeters(WorkerLinks links) {
        LinkSecret secret = links.server().secret();
        return registry -> {
            if (secret != null) {
                FunctionCounter.builder("fairlead.links.unauthenticated", secret, LinkSecret::refused)
                        .description("Links refused because the other side did not prove that it knows the secret")
                        .register(registry);
            }
        };
    }

    @Bean
    MeterBinder fairleadWorkerMeters(Worker worker) {
        return registry -> {
            Gauge.builder("fairlead.worker.in.flight", worker, Worker::inFlight)
                    .description("Handlers that run")
                    .register(registry);
            Gauge.builder("fairlead.worker.limit", worker, Worker::concurrencyLimit)
                    .description("Handlers that may run at a time at the moment")
                    .register(registry);
            for (Priority priority : Priority.values()) {
                FunctionCounter.builder("fairlead.worker.refused", worker, w -> w.refused(priority))
                        .tag("priority", priority.name().toLowerCase(Locale.ROOT))
                        .description("Calls that were refused because there was no place for them")
                        .register(registry);
            }
        };
    }

    @Bean
    MeterBinder fairleadInboxMeters(ObjectProvider<Inbox> inbox) {
        return registry -> inbox.ifUnique(found -> {
            for (InboxCounters.Result result : InboxCounters.Result.values()) {
                FunctionCounter.builder("fairlead.inbox.keys", found.counters(), c -> c.count(result))
                        .tag("outcome", result.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .description("Calls and durable messages with a key, by what became of them")
                        .register(registry);
            }
        });
    }
}
