package io.fairlead.gateway.discovery;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.FleetSource;
import io.fairlead.link.discovery.FleetWatch;
import java.nio.file.Path;
import java.time.InstantSource;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// Makes the sources that the settings name. A bean of type [FleetSource] in a build of one's own is a further one.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DiscoveryProperties.class)
class DiscoveryConfiguration {
    @Bean(destroyMethod = "close")
    LastKnownView lastKnownView(DiscoveryProperties properties) {
        return new LastKnownView(
                properties.viewFile().isBlank() ? null : new ViewFile(Path.of(properties.viewFile())),
                InstantSource.system());
    }

    @Bean(destroyMethod = "")
    @ConditionalOnProperty("fairlead.gateway.discovery.static[0].host")
    FleetSource staticFleetSource(NettyTransport transport, LinkSettings settings, DiscoveryProperties properties) {
        return new StaticSource(transport, settings, properties.staticWorkers());
    }

    @Bean
    DiscoveryMetrics discoveryMetrics(FleetWatch watch, LastKnownView view) {
        return new DiscoveryMetrics(watch, view);
    }

    /// The client itself comes with the starter of a discovery, in a build of one's own.
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(DiscoveryClient.class)
    @Conditional(ServicesAreNamed.class)
    static class SpringCloud {
        @Bean(destroyMethod = "")
        FleetSource discoveryClientFleetSource(
                NettyTransport transport,
                LinkSettings settings,
                DiscoveryClient client,
                DiscoveryProperties properties) {
            return new DiscoveryClientSource(transport, settings, client, properties.discoveryClient());
        }
    }

    /// Each element of a list has a key of its own, which [ConditionalOnProperty] would not see.
    static final class ServicesAreNamed implements Condition {
        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return Binder.get(context.getEnvironment())
                    .bind("fairlead.gateway.discovery.discovery-client.service-ids", Bindable.listOf(String.class))
                    .map(ids -> !ids.isEmpty())
                    .orElse(false);
        }
    }
}
