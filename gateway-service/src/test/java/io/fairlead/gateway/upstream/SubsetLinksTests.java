package io.fairlead.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.balance.BalanceProperties;
import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.balance.Policy;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.breaker.EjectionProperties;
import io.fairlead.gateway.call.CallPolicies;
import io.fairlead.gateway.call.HedgeProperties;
import io.fairlead.gateway.call.OverloadProperties;
import io.fairlead.gateway.call.RetryProperties;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.RegistryView;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Route;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SubsetLinksTests {
    private static final BalanceProperties SMALL = new BalanceProperties(
            Policy.PEAK_EWMA,
            Duration.ofSeconds(10),
            new BalanceProperties.SlowStart(Duration.ZERO, 1, 0.1),
            0.8,
            1.25,
            3,
            2,
            Map.of());

    private static Fleet fleet(List<Instance> instances, int gateways) {
        List<String> names =
                IntStream.range(0, gateways).mapToObj(i -> "gateway-" + i).toList();
        return new Fleet(
                instances, true, List.of(new RegistryView("r:1", "r", true, false, instances.size(), "", names)));
    }

    @Test
    void aLargeFleetOfGatewaysSharesOutTheWorkers() {
        NettyTransport transport = NettyTransport.create(1, "subset");
        CallServer worker = new CallServer(
                transport,
                "127.0.0.1",
                0,
                LinkSettings.of("worker", "w"),
                Map.of(Route.parse("a/b"), call -> call.reply(new byte[0])),
                10);
        worker.start();
        List<Instance> instances = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            List<ServiceOffer> offers = List.of(new ServiceOffer("a", List.of(new MethodOffer("b", false, false))));
            instances.add(
                    new Instance("w" + i, 1, "127.0.0.1", worker.port(), "", 100, 10, InstanceState.UP, 0, offers));
        }
        Binder binder = new Binder(new MapConfigurationPropertySource(Map.of()));
        Upstreams upstreams = new Upstreams(
                transport,
                LinkSettings.of("gateway", "gateway-0"),
                new CallPolicies(
                        binder.bindOrCreate("retry", RetryProperties.class),
                        binder.bindOrCreate("hedge", HedgeProperties.class),
                        binder.bindOrCreate("overload", OverloadProperties.class)),
                RandomGenerator.getDefault(),
                new Balancing(SMALL, "", "gateway-0"),
                new Breakers(CircuitBreakerRegistry.ofDefaults(), EjectionProperties.DEFAULTS, System::nanoTime));
        try (transport;
                worker;
                upstreams) {
            upstreams.update(fleet(instances, 1));
            await().until(() -> connected(upstreams) == 12);

            Fleet twenty = fleet(instances, 20);
            upstreams.update(twenty);
            await().until(() -> connected(upstreams) < 12);
            assertThat(connected(upstreams)).as("links of one of 20 gateways").isBetween(3L, 8L);

            upstreams.update(fleet(instances, 2));
            await().until(() -> connected(upstreams) == 12);

            upstreams.review(twenty);
            transport.next().submit(() -> {}).syncUninterruptibly();
            assertThat(upstreams.instances())
                    .as("after a review that was overtaken by another fleet")
                    .hasSize(12);
        }
    }

    private static long connected(Upstreams upstreams) {
        return upstreams.instances().stream()
                .filter(status -> status.connectedLoops() > 0)
                .count();
    }
}
