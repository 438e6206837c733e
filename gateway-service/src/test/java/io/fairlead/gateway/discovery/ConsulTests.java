package io.fairlead.gateway.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.FleetWatch;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.wire.Route;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.commons.util.InetUtils;
import org.springframework.cloud.commons.util.InetUtilsProperties;
import org.springframework.cloud.consul.ConsulAutoConfiguration;
import org.springframework.cloud.consul.ConsulProperties;
import org.springframework.cloud.consul.discovery.ConsulDiscoveryClient;
import org.springframework.cloud.consul.discovery.ConsulDiscoveryProperties;

/// Spring Cloud's client of Consul, asking a server that speaks Consul's HTTP API.
class ConsulTests {
    private static final String HEALTHY = """
            [{"Node":{"ID":"1","Node":"n1","Address":"127.0.0.1","Datacenter":"dc1","Meta":{}},
            "Service":{"ID":"w-1","Service":"cards","Tags":[],"Address":"127.0.0.1","Port":8080,
            "Meta":{"fairlead-port":"%d"}},"Checks":[]}]""";

    private static final LinkSettings LINKS = LinkSettings.of("gateway", "test");

    private volatile String answer = "";

    @Test
    void workersThatConsulKnowsAreFoundAndItsFailureRemovesNobody() throws IOException {
        HttpServer consul = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        consul.createContext("/v1/health/service/cards", this::answer);
        consul.start();
        try (NettyTransport transport = NettyTransport.create(1, "test");
                CallServer worker = new CallServer(
                        transport,
                        "127.0.0.1",
                        0,
                        LinkSettings.of("worker", "w"),
                        Map.<Route, CallHandler>of(
                                RegistryApi.OFFERS,
                                call -> call.replyPart(DiscoveryJson.write(new Instance(
                                        "w", 5, "nowhere.test", 1, "", 100, 8, InstanceState.UP, 0, List.of())))),
                        10)) {
            worker.start();
            answer = HEALTHY.formatted(worker.port());
            DiscoveryClientSource source = new DiscoveryClientSource(
                    transport,
                    LINKS,
                    client(consul.getAddress().getPort()),
                    new DiscoveryProperties.Client(List.of("cards"), Duration.ofSeconds(1), "fairlead-port"));
            try (FleetWatch watch = new FleetWatch(transport, List.of(), List.of(source), LINKS, null, fleet -> {})) {
                watch.start();
                await().until(() -> watch.fleet().instances().size() == 1);
                assertThat(watch.fleet().instances().getFirst().address()).isEqualTo("127.0.0.1:" + worker.port());
                consul.stop(0);
                await().until(() -> !watch.fleet().registries().getFirst().connected());
                assertThat(watch.fleet().instances()).hasSize(1);
            }
        } finally {
            consul.stop(0);
        }
    }

    private static DiscoveryClient client(int port) {
        ConsulProperties properties = new ConsulProperties();
        properties.setHost("127.0.0.1");
        properties.setPort(port);
        return new ConsulDiscoveryClient(
                ConsulAutoConfiguration.createNewConsulClient(properties),
                new ConsulDiscoveryProperties(new InetUtils(new InetUtilsProperties())));
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = answer.getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
