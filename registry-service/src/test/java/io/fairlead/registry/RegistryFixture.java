package io.fairlead.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/// Registries on free ports and clients of them, closed in reverse order.
final class RegistryFixture {
    static final LinkSettings LINKS = LinkSettings.of("worker", "test");

    final NettyTransport transport = NettyTransport.create(2, "test");
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /// The defaults with short times (lease 600 ms, renew 150 ms) and what `settings` (name, value, ...) say.
    static RegistryProperties properties(String... settings) {
        MapConfigurationPropertySource source = new MapConfigurationPropertySource();
        source.put("fairlead.registry.port", "0");
        source.put("fairlead.registry.name", "registry-test");
        source.put("fairlead.registry.lease", "600ms");
        source.put("fairlead.registry.renew", "150ms");
        for (int i = 0; i < settings.length; i += 2) {
            source.put("fairlead.registry." + settings[i], settings[i + 1]);
        }
        return new Binder(source).bindOrCreate("fairlead.registry", RegistryProperties.class);
    }

    RegistryServer registry(String... settings) {
        RegistryServer registry = closing(new RegistryServer(properties(settings)), RegistryServer::stop);
        registry.start();
        return registry;
    }

    CallClient client(RegistryServer registry) {
        return client(registry, LINKS);
    }

    CallClient client(RegistryServer registry, LinkSettings settings) {
        CallClient client = closing(
                new CallClient(transport, List.of(address(registry)), settings, 1_000, new CallClient.Listener() {}),
                CallClient::close);
        client.start();
        return client;
    }

    <T> T closing(T what, Consumer<T> close) {
        open.push(() -> close.accept(what));
        return what;
    }

    static InetSocketAddress address(RegistryServer registry) {
        return InetSocketAddress.createUnresolved("127.0.0.1", registry.port());
    }

    /// At an address of its own, which nobody connects to.
    static Instance worker(String name, long epoch) {
        return new Instance(
                name,
                epoch,
                name + ".test",
                7600,
                "",
                100,
                256,
                InstanceState.UP,
                0,
                List.of(new ServiceOffer("echo", List.of(new MethodOffer("upper", true, false)))));
    }

    static Reply call(CallClient client, Route route, Object payload) throws Exception {
        return call(client, route, DiscoveryJson.write(payload));
    }

    static Reply call(CallClient client, Route route, byte[] payload) throws Exception {
        return client.call(new Request(route, Metadata.EMPTY, payload, Duration.ofSeconds(5)))
                .get(10, TimeUnit.SECONDS);
    }

    static CallException failure(CallClient client, Route route, Object payload) throws Exception {
        return failure(client, route, DiscoveryJson.write(payload));
    }

    static CallException failure(CallClient client, Route route, byte[] payload) throws Exception {
        try {
            call(client, route, payload);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(CallException.class);
            return (CallException) e.getCause();
        }
        throw new AssertionError(route + " did not fail");
    }

    void close() throws Exception {
        for (AutoCloseable next : open) {
            next.close();
        }
        transport.close();
    }
}
