package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.LoadSettings;
import io.fairlead.gateway.balance.Picker;
import io.fairlead.gateway.balance.PickerFactory;
import io.fairlead.gateway.balance.Policy;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Route;
import io.fairlead.wire.RouteTable;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The control side of one loop: which instances there are, the links to them, and for each method the snapshot that
/// the data side picks from. Confined to the loop, but for [#links].
final class LoopFleet {
    private record Connected(InstanceLink link, LinkConnector connector, String address) {}

    private final NettyTransport transport;
    private final EventLoop loop;
    private final LinkSettings settings;
    private final RandomGenerator random;
    private final Outcomes outcomes;
    private final LongSupplier nowNanos;
    private final PickerFactory pickers;

    /// By instance name. Written on the loop, read by screens.
    private final Map<String, Connected> instances = new ConcurrentHashMap<>();

    private final Map<Route, Method> methods = new HashMap<>();
    private final Set<Route> bound = new HashSet<>();
    private RouteTable<Method> table = RouteTable.of(Map.of());
    private Set<String> services = Set.of();

    LoopFleet(
            NettyTransport transport,
            EventLoop loop,
            LinkSettings settings,
            RandomGenerator random,
            Outcomes outcomes,
            LongSupplier nowNanos) {
        this.transport = transport;
        this.loop = loop;
        this.settings = settings;
        this.random = random;
        this.outcomes = outcomes;
        this.nowNanos = nowNanos;
        // Its own: the generators of the JDK are not for several threads, and this one is the fastest.
        this.pickers = new PickerFactory(new SplittableRandom(random.nextLong()));
    }

    /// The method of a listener's binding, whether or not anybody offers it at the moment.
    Method bind(Route route) {
        Method known = methods.get(route);
        if (known != null && !bound.add(route)) {
            // Every connection of a listener comes here; only its first changes the table.
            return known;
        }
        bound.add(route);
        Method method = methods.computeIfAbsent(route, Method::new);
        rebuildTable();
        return method;
    }

    /// The method that a frame's route names; null if nobody offers it.
    @Nullable Method find(ByteBuf buf, int index, int length) {
        return table.find(buf, index, length);
    }

    /// Whether some instance offers a service of this name.
    boolean knowsService(String service) {
        return services.contains(service);
    }

    @Nullable Method method(Route route) {
        return methods.get(route);
    }

    /// Takes over a changed fleet.
    void apply(Fleet fleet) {
        Map<String, Instance> listed = new LinkedHashMap<>();
        fleet.instances().forEach(instance -> listed.put(instance.instance(), instance));
        for (Instance instance : listed.values()) {
            Connected known = instances.get(instance.instance());
            if (known != null
                    && known.link().instance().epoch() == instance.epoch()
                    && known.address().equals(address(instance))) {
                known.link().instance(instance);
                known.link().listed(true);
            } else {
                if (known != null) {
                    known.connector().close();
                }
                connect(instance);
            }
        }
        for (Connected known : List.copyOf(instances.values())) {
            if (!listed.containsKey(known.link().instance().instance())) {
                known.link().listed(false);
                // A healthy link outranks the registry: the instance is used until the link ends, too.
                if (!known.link().isConnected()) {
                    drop(known);
                }
            }
        }
        rebuild();
    }

    void linkEnded(InstanceLink link) {
        Connected known = instances.get(link.instance().instance());
        if (known != null && known.link() == link && !link.isListed()) {
            drop(known);
            rebuild();
        }
    }

    private void drop(Connected known) {
        instances.remove(known.link().instance().instance(), known);
        known.connector().close();
    }

    private void connect(Instance instance) {
        InstanceLink link = new InstanceLink(this, outcomes, nowNanos, LoadSettings.DEFAULT, instance);
        LinkConnector connector =
                new LinkConnector(transport, loop, instance.host(), instance.port(), settings, link, random);
        instances.put(instance.instance(), new Connected(link, connector, address(instance)));
        connector.start();
    }

    private static String address(Instance instance) {
        return instance.host() + ":" + instance.port();
    }

    private void rebuild() {
        Map<Route, List<InstanceLink>> offers = new LinkedHashMap<>();
        Map<Route, Boolean> idempotent = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (Connected connected : instances.values()) {
            for (ServiceOffer service : connected.link().instance().services()) {
                names.add(service.name());
                for (MethodOffer method : service.methods()) {
                    Route route = new Route(service.name(), method.name());
                    offers.computeIfAbsent(route, key -> new ArrayList<>()).add(connected.link());
                    idempotent.merge(route, method.idempotent(), Boolean::logicalAnd);
                }
            }
        }
        services = names;
        methods.keySet().removeIf(route -> !offers.containsKey(route) && !bound.contains(route));
        methods.forEach((route, method) -> {
            if (!offers.containsKey(route)) {
                method.offeredBy(Picker.none(), false);
            }
        });
        offers.forEach((route, links) -> methods.computeIfAbsent(route, Method::new)
                .offeredBy(pickers.build(links, Policy.PEAK_EWMA), idempotent.getOrDefault(route, false)));
        rebuildTable();
    }

    private void rebuildTable() {
        table = RouteTable.of(methods);
    }

    /// The links, for screens. Thread-safe; a snapshot.
    List<InstanceLink> links() {
        return instances.values().stream().map(Connected::link).toList();
    }

    void close() {
        instances.values().forEach(connected -> connected.connector().close());
        instances.clear();
        rebuild();
    }
}
