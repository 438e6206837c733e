package io.fairlead.gateway.listener;

import static org.awaitility.Awaitility.await;

import io.fairlead.gateway.balance.BalanceProperties;
import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.breaker.EjectionProperties;
import io.fairlead.gateway.call.CallPolicies;
import io.fairlead.gateway.call.HedgeProperties;
import io.fairlead.gateway.call.OverloadProperties;
import io.fairlead.gateway.call.RetryProperties;
import io.fairlead.gateway.delivery.Deliveries;
import io.fairlead.gateway.delivery.DeliveryProperties;
import io.fairlead.gateway.delivery.Forgetting;
import io.fairlead.gateway.dialect.Dialect;
import io.fairlead.gateway.dialect.Dialects;
import io.fairlead.gateway.framing.Framings;
import io.fairlead.gateway.journal.JournalProperties;
import io.fairlead.gateway.journal.MessageStore;
import io.fairlead.gateway.journal.MessageStores;
import io.fairlead.gateway.upstream.CallMetrics;
import io.fairlead.gateway.upstream.Upstreams;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkHandler;
import io.fairlead.link.LinkSecret;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.KeyOffer;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Route;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.FileSystemUtils;

/// A gateway's listeners and workers in one process, over real sockets. Gateway and workers share a secret,
/// which clients do not know.
final class Rig implements AutoCloseable {
    final NettyTransport transport;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final LinkSettings links =
            LinkSettings.of("gateway", "rig").withSecret(LinkSecret.of("rig", "known to gateways and workers"));
    final CircuitBreakerRegistry registry;
    final Breakers breakers;
    final Upstreams upstreams;

    /// Of a user's own.
    final List<Dialect> dialects = new ArrayList<>();

    /// Puts something of the test's between deliveries and their store.
    UnaryOperator<MessageStore> stores = UnaryOperator.identity();

    private Deliveries deliveries;
    private final Map<String, CallServer> workers = new HashMap<>();
    private final List<Instance> instances = new ArrayList<>();
    private final Deque<Runnable> resources = new ArrayDeque<>();

    Rig() {
        this(2, Map.of());
    }

    /// @param policies settings below `fairlead.gateway`, such as `overload.max-waiting`
    Rig(int loops, Map<String, String> policies) {
        this(loops, policies, CircuitBreakerRegistry.ofDefaults(), EjectionProperties.DEFAULTS);
    }

    /// @param breaker each instance's
    Rig(CircuitBreakerConfig breaker, EjectionProperties ejection) {
        this(CircuitBreakerRegistry.of(breaker), ejection);
    }

    /// @param breakers settings of those that are in it already, by name, and of all others
    Rig(CircuitBreakerRegistry breakers, EjectionProperties ejection) {
        this(2, Map.of(), breakers, ejection);
    }

    private Rig(int loops, Map<String, String> policies, CircuitBreakerRegistry registry, EjectionProperties ejection) {
        transport = NettyTransport.create(loops, "rig");
        this.registry = registry;
        breakers = new Breakers(registry, ejection, System::nanoTime);
        Binder binder = new Binder(new MapConfigurationPropertySource(policies));
        upstreams = new Upstreams(
                transport,
                links,
                new CallPolicies(
                        binder.bindOrCreate("retry", RetryProperties.class),
                        binder.bindOrCreate("hedge", HedgeProperties.class),
                        binder.bindOrCreate("overload", OverloadProperties.class)),
                RandomGenerator.getDefault(),
                new Balancing(BalanceProperties.DEFAULTS, "", "rig"),
                breakers);
        new CallMetrics(upstreams).bindTo(meters);
    }

    /// Starts a worker that offers these routes; see [#worker(String, int, Map)].
    CallServer worker(String name, Map<String, CallHandler> handlers) {
        return worker(name, 256, handlers);
    }

    /// Starts a worker that offers these routes; one that ends in `!` is idempotent, in `?` once, in `@` and
    /// a number has a time limit in milliseconds, in `^` and the name of the store of its keys takes durable
    /// messages.
    ///
    /// @param capacity as it registers; what it takes is more
    CallServer worker(String name, int capacity, Map<String, CallHandler> handlers) {
        Map<Route, CallHandler> routes = new HashMap<>();
        Map<String, List<MethodOffer>> offers = new HashMap<>();
        handlers.forEach((text, handler) -> {
            Route route = Route.parse(text.replaceFirst("[!?@^].*", ""));
            int limit = text.indexOf('@');
            int keys = text.indexOf('^');
            routes.put(route, handler);
            offers.computeIfAbsent(route.service(), key -> new ArrayList<>())
                    .add(new MethodOffer(
                            route.method(),
                            text.contains("!"),
                            text.contains("?") || keys >= 0,
                            limit < 0 ? 0 : Long.parseLong(text.substring(limit + 1)),
                            keys < 0
                                    ? null
                                    : new KeyOffer(
                                            text.substring(keys + 1),
                                            Duration.ofDays(7).toMillis(),
                                            true)));
        });
        LinkSettings settings = LinkSettings.of("worker", name).withSecret(links.secret());
        CallServer server = new CallServer(transport, "127.0.0.1", 0, settings, routes, 10_000);
        server.start();
        resources.push(server::close);
        workers.put(name, server);
        List<ServiceOffer> services = offers.entrySet().stream()
                .map(e -> new ServiceOffer(e.getKey(), e.getValue()))
                .toList();
        instances.add(
                new Instance(name, 1, "127.0.0.1", server.port(), "", 100, capacity, InstanceState.UP, 0, services));
        update();
        await().until(() -> upstreams.instances().stream()
                .anyMatch(i -> i.instance().instance().equals(name)
                        && i.connectedLoops() == transport.loops().size()));
        return server;
    }

    /// A worker's links break.
    void killWorker(String name) {
        workers.get(name).close();
    }

    /// The registry no longer lists an instance.
    void unlist(String name) {
        instances.removeIf(instance -> instance.instance().equals(name));
        update();
    }

    /// A registry hears of a later incarnation of an instance, at the same address.
    void reincarnate(String name) {
        instances.replaceAll(old -> old.instance().equals(name) ? old.withEpoch(old.epoch() + 1) : old);
        update();
    }

    /// A registry hears of a later incarnation of an instance, at another port.
    void reincarnate(String name, int port) {
        instances.replaceAll(old -> old.instance().equals(name)
                ? new Instance(
                        name,
                        old.epoch() + 1,
                        old.host(),
                        port,
                        old.zone(),
                        old.weight(),
                        old.capacity(),
                        old.state(),
                        0,
                        old.services())
                : old);
        update();
    }

    private void update() {
        upstreams.update(new Fleet(instances, true, List.of()));
    }

    /// What keeps durable messages, in a store of the Rig's own unless [#journal] has named one.
    Deliveries deliveries() {
        if (deliveries == null) {
            journal(temporary().resolve("journal.db"), Map.of());
        }
        return deliveries;
    }

    /// Opens the journal.
    ///
    /// @param settings below `fairlead.gateway.delivery`
    Deliveries journal(Path file, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>();
        settings.forEach((key, value) -> all.put("d." + key, value));
        all.put("j.url", "jdbc:sqlite:" + file);
        Binder binder = new Binder(new MapConfigurationPropertySource(all));
        JournalProperties properties = binder.bind("j", JournalProperties.class).get();
        Deliveries opened = new Deliveries(
                stores.apply(MessageStores.open(properties)),
                upstreams,
                binder.bindOrCreate("d", DeliveryProperties.class),
                "rig",
                InstantSource.system(),
                Duration.ofSeconds(5),
                new Forgetting(Duration.ofHours(1), 100_000),
                RandomGenerator.getDefault());
        opened.start();
        resources.push(opened::stop);
        deliveries = opened;
        return opened;
    }

    private Path temporary() {
        try {
            Path directory = Files.createTempDirectory("fairlead-rig");
            resources.push(() -> FileSystemUtils.deleteRecursively(directory.toFile()));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Starts a listener with these settings.
    Listener listener(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>();
        all.put("l.port", "0");
        settings.forEach((key, value) -> all.put("l." + key, value));
        ListenerProperties properties = new Binder(new MapConfigurationPropertySource(all))
                .bind("l", ListenerProperties.class)
                .get();
        Listener listener = new ListenerFactory(
                        "127.0.0.1",
                        new Framings(),
                        new Dialects(Clock.systemUTC(), dialects),
                        null,
                        links,
                        transport,
                        upstreams,
                        deliveries(),
                        meters,
                        null)
                .create("test", properties);
        listener.start();
        resources.push(listener::close);
        return listener;
    }

    /// A native client.
    CallClient client(int port) {
        CallClient client = new CallClient(
                transport,
                List.of(new InetSocketAddress("127.0.0.1", port)),
                LinkSettings.of("client", "test"),
                100_000,
                new CallClient.Listener() {});
        client.start();
        resources.push(client::close);
        return client;
    }

    /// A native client's bare connection.
    LinkConnector link(int port, LinkHandler handler) {
        LinkConnector link = new LinkConnector(
                transport,
                transport.next(),
                "127.0.0.1",
                port,
                LinkSettings.of("client", "test"),
                handler,
                RandomGenerator.getDefault());
        link.start();
        resources.push(link::close);
        return link;
    }

    DrainPlan drainPlan() {
        return new DrainPlan(Duration.ofMillis(50), Duration.ofSeconds(20), new SplittableRandom(1));
    }

    /// A counter or gauge of the gateway.
    double metric(String name, String... tags) {
        return meters.get(name).tags(tags).meter().measure().iterator().next().getValue();
    }

    double closedConnections(String reason) {
        return meters.get("fairlead.connections.closed")
                .tag("reason", reason)
                .counter()
                .count();
    }

    @Override
    public void close() {
        resources.forEach(Runnable::run);
        upstreams.close();
        transport.close();
    }
}
