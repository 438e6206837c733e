package io.fairlead.gateway;

import io.fairlead.gateway.balance.BalanceProperties;
import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.call.CallPolicies;
import io.fairlead.gateway.call.HedgeProperties;
import io.fairlead.gateway.call.OverloadProperties;
import io.fairlead.gateway.call.RetryProperties;
import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.DeliveryProperties;
import io.fairlead.gateway.delivery.Forgetting;
import io.fairlead.gateway.dialect.Dialect;
import io.fairlead.gateway.dialect.Dialects;
import io.fairlead.gateway.discovery.LastKnownView;
import io.fairlead.gateway.framing.Framing;
import io.fairlead.gateway.framing.Framings;
import io.fairlead.gateway.journal.JournalProperties;
import io.fairlead.gateway.journal.MessageStores;
import io.fairlead.gateway.listener.Drain;
import io.fairlead.gateway.listener.Listener;
import io.fairlead.gateway.listener.ListenerFactory;
import io.fairlead.gateway.listener.Listeners;
import io.fairlead.gateway.upstream.CallMetrics;
import io.fairlead.gateway.upstream.UpstreamMetrics;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSecret;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.FleetSource;
import io.fairlead.link.discovery.FleetWatch;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;

/// Wires the features of the gateway together.
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class GatewayConfiguration {
    @Bean(destroyMethod = "close")
    NettyTransport transport(GatewayProperties gateway) {
        return NettyTransport.create(gateway.loopsOrDefault(), "gateway");
    }

    @Bean
    LinkSettings linkSettings(GatewayProperties gateway, FleetProperties fleet) {
        return LinkSettings.of("gateway", fleet.nameOrDefault())
                .withHeartbeatInterval(gateway.heartbeatInterval())
                .withMaxFrameBytes((int) gateway.maxFrameSize().toBytes())
                .withSecret(fleet.linkSecret());
    }

    @Bean
    MeterBinder linkMeters(LinkSettings settings) {
        LinkSecret secret = settings.secret();
        return registry -> {
            if (secret != null) {
                FunctionCounter.builder("fairlead.links.unauthenticated", secret, LinkSecret::refused)
                        .description("Links refused because the other side did not prove that it knows the secret")
                        .register(registry);
            }
        };
    }

    /// Where somebody has the actuator show values.
    @Bean
    SanitizingFunction hiddenSecrets() {
        return SanitizingFunction.sanitizeValue().ifLikelySensitive();
    }

    @Bean(destroyMethod = "close")
    Upstreams upstreams(
            NettyTransport transport,
            LinkSettings settings,
            GatewayProperties gateway,
            FleetProperties fleet,
            RetryProperties retry,
            HedgeProperties hedge,
            OverloadProperties overload,
            BalanceProperties balance,
            Breakers breakers) {
        return new Upstreams(
                transport,
                settings,
                new CallPolicies(retry, hedge, overload),
                RandomGenerator.getDefault(),
                new Balancing(balance, gateway.zone(), fleet.nameOrDefault()),
                breakers);
    }

    @Bean
    Deliveries deliveries(
            GatewayProperties gateway,
            FleetProperties fleet,
            JournalProperties journal,
            DeliveryProperties delivery,
            Upstreams upstreams) {
        return new Deliveries(
                MessageStores.open(journal),
                upstreams,
                delivery,
                fleet.nameOrDefault(),
                InstantSource.system(),
                gateway.drainTimeout(),
                new Forgetting(journal.keepDone(), journal.keepDoneMax()),
                RandomGenerator.getDefault());
    }

    @Bean
    CallMetrics callMetrics(Upstreams upstreams) {
        return new CallMetrics(upstreams);
    }

    @Bean(initMethod = "start", destroyMethod = "close")
    FleetWatch fleetWatch(
            NettyTransport transport,
            FleetProperties fleet,
            LinkSettings settings,
            Upstreams upstreams,
            ObjectProvider<FleetSource> sources,
            LastKnownView lastKnown) {
        List<InetSocketAddress> addresses =
                fleet.registries().stream().map(HostAndPort::parse).toList();
        List<FleetSource> others = sources.orderedStream().toList();
        if (addresses.isEmpty() && others.isEmpty()) {
            throw new IllegalArgumentException("fairlead.registries: none (expected: at least one host:port, unless"
                    + " fairlead.gateway.discovery.static or .discovery-client names workers)");
        }
        return lastKnown.follow(
                (saved, changed) -> new FleetWatch(transport, addresses, others, settings, saved, fleetNow -> {
                    upstreams.update(fleetNow);
                    changed.accept(fleetNow);
                }));
    }

    @Bean
    UpstreamMetrics upstreamMetrics(Upstreams upstreams) {
        return new UpstreamMetrics(upstreams);
    }

    @Bean
    Framings framings(ObjectProvider<Framing> custom) {
        return new Framings(custom.orderedStream().toList());
    }

    @Bean
    Dialects dialects(ObjectProvider<Dialect> custom) {
        return new Dialects(
                Clock.system(ZoneId.systemDefault()), custom.orderedStream().toList());
    }

    @Bean
    Listeners listeners(
            GatewayProperties gateway,
            Framings framings,
            Dialects dialects,
            ObjectProvider<SslBundles> sslBundles,
            LinkSettings settings,
            NettyTransport transport,
            Upstreams upstreams,
            Deliveries deliveries,
            MeterRegistry meters,
            ApplicationContext context) {
        ListenerFactory factory = new ListenerFactory(
                gateway.bindAddress(),
                framings,
                dialects,
                sslBundles.getIfAvailable(),
                settings,
                transport,
                upstreams,
                deliveries,
                meters,
                gateway.acceptRamp());
        List<Listener> listeners = gateway.listeners().entrySet().stream()
                .filter(entry -> entry.getValue().enabled())
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> factory.create(entry.getKey(), entry.getValue()))
                .toList();
        Drain drain = new Drain(
                listeners,
                gateway.drain(),
                gateway.drainTimeout(),
                RandomGenerator.getDefault(),
                () -> AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC));
        return new Listeners(listeners, drain);
    }
}
