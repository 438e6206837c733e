package io.fairlead.starter.health;

import io.fairlead.starter.autoconfigure.FairleadWorkerAutoConfiguration;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.starter.worker.Worker;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.web.AdditionalPathsMapper;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroupsPostProcessor;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/// The health contributor `fairleadWorker`, which `management.health.fairlead-worker.enabled=false` leaves
/// out, joined into the readiness group unless the application configures that group,
/// `management.endpoint.health.group.readiness`.
@AutoConfiguration(
        after = FairleadWorkerAutoConfiguration.class,
        afterName =
                "org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration")
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Worker.class)
public final class FairleadHealthAutoConfiguration {
    static final String CONTRIBUTOR = "fairleadWorker";

    /// As in `management.health.fairlead-worker.enabled`.
    private static final String KEBAB = "fairlead-worker";

    private static final String READINESS = "management.endpoint.health.group.readiness";

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnEnabledHealthIndicator(KEBAB)
    static class Contributor {
        @Bean
        @ConditionalOnMissingBean(name = "fairleadWorkerHealthIndicator")
        WorkerHealthIndicator fairleadWorkerHealthIndicator(Worker worker, ObjectProvider<Inbox> inbox) {
            return new WorkerHealthIndicator(worker, inbox.getIfUnique());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({HealthEndpointGroups.class, AdditionalPathsMapper.class})
    @ConditionalOnEnabledHealthIndicator(KEBAB)
    static class Readiness {
        /// Last, and after Boot's own of the same order, which makes the group.
        @Bean
        @Order(Ordered.LOWEST_PRECEDENCE)
        static HealthEndpointGroupsPostProcessor fairleadReadinessGroup(Environment environment) {
            boolean applicationSays = Binder.get(environment)
                    .bind(READINESS, Bindable.mapOf(String.class, Object.class))
                    .isBound();
            return applicationSays ? groups -> groups : ReadinessGroups::new;
        }
    }
}
