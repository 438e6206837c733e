package io.fairlead.testcontainers;

import io.fairlead.starter.ProcessName;
import io.fairlead.starter.autoconfigure.FairleadWorkerAutoConfiguration;
import io.fairlead.starter.worker.Worker;
import io.fairlead.testcontainers.FairleadContainerConnectionDetailsFactory.Details;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.test.context.DynamicPropertyRegistrar;

/// Makes the application's worker that of a [FairleadContainer] which has `@ServiceConnection`.
///
/// By the properties that an application sets anywhere else, so that the starter needs nothing for tests alone.
@AutoConfiguration(after = {ServiceConnectionAutoConfiguration.class, FairleadWorkerAutoConfiguration.class})
@ConditionalOnBean(Details.class)
public final class FairleadContainerAutoConfiguration {
    @Bean
    DynamicPropertyRegistrar fairleadContainerProperties(Details details) {
        return details.container()::addWorkerProperties;
    }

    @Bean
    @ConditionalOnBean(Worker.class)
    ReachedWorker fairleadReachedWorker(Details details, Worker worker, ProcessName name) {
        return new ReachedWorker(details.container(), worker, name);
    }
}
