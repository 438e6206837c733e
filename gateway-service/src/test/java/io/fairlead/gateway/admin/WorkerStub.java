package io.fairlead.gateway.admin;

import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.listener.Listener;
import io.fairlead.gateway.listener.Listeners;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.KeyOffer;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A worker that takes `orders/place`, and a native client, of a whole gateway.
final class WorkerStub implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final NettyTransport transport = NettyTransport.create(1, "stub");
    private final CallServer server;
    private final CallClient client;

    /// @param place handles `orders/place`
    /// @param outcome handles `fairlead.worker/outcome`
    WorkerStub(AdminServer gateway, CallHandler place, CallHandler outcome) {
        server = new CallServer(
                transport,
                "127.0.0.1",
                0,
                LinkSettings.of("worker", "stub"),
                Map.of(Route.parse("orders/place"), place, Route.parse("fairlead.worker/outcome"), outcome),
                1_000);
        server.start();
        KeyOffer keys = new KeyOffer("stub", Duration.ofDays(7).toMillis(), true);
        Instance instance = new Instance(
                "stub",
                1,
                "127.0.0.1",
                server.port(),
                "",
                100,
                256,
                InstanceState.UP,
                0,
                List.of(new ServiceOffer("orders", List.of(new MethodOffer("place", false, true, 0, keys)))));
        Upstreams upstreams = gateway.context.getBean(Upstreams.class);
        upstreams.update(new Fleet(List.of(instance), true, List.of()));
        await().until(() -> upstreams.instances().stream()
                .anyMatch(each -> each.connectedLoops() == upstreams.loops().size()));
        Listener listener = gateway.context.getBean(Listeners.class).all().stream()
                .filter(each -> each.name().equals("native"))
                .findFirst()
                .orElseThrow();
        client = new CallClient(
                transport,
                List.of(new InetSocketAddress("127.0.0.1", listener.port())),
                LinkSettings.of("client", "test"),
                1_000,
                new CallClient.Listener() {});
        client.start();
    }

    CompletableFuture<Reply> send(byte[] payload, Map<String, String> metadata) {
        return client.call(new Request(
                Route.parse("orders/place"),
                metadata.isEmpty() ? Metadata.EMPTY : Metadata.of(metadata),
                payload,
                TIMEOUT,
                Priority.NORMAL,
                false,
                true));
    }

    CompletableFuture<Reply> call(String route, byte[] payload) {
        return client.call(new Request(Route.parse(route), Metadata.EMPTY, payload, TIMEOUT));
    }

    @Override
    public void close() {
        client.close();
        server.close();
        transport.close();
    }
}
