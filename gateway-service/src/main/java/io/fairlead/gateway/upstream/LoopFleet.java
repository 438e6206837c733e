package io.fairlead.gateway.upstream;

import io.fairlead.gateway.balance.Balancing;
import io.fairlead.gateway.balance.Picker;
import io.fairlead.gateway.balance.PickerFactory;
import io.fairlead.gateway.breaker.Breakers;
import io.fairlead.gateway.breaker.LinkBreaker;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The control side of one loop: which instances there are, the links to them, and for each method the
/// snapshot that the data side picks from. Confined to the loop, but for [#links].
final class LoopFleet {
    /// How long a change of a breaker waits for others: that much longer an instance that fails gets calls.
    private static final int REBUILD_DELAY_MILLIS = 5;

    /// @param standIn an earlier incarnation, which is used until the link has opened; null once it has
    private record Connected(
            InstanceLink link,
            LinkConnector connector,
            String address,
            @Nullable Connected standIn) {
        /// The link that gets calls.
        InstanceLink used() {
            return standIn == null ? link : standIn.link;
        }

        Connected withoutStandIn() {
            return new Connected(link, connector, address, null);
        }
    }

    private final NettyTransport transport;
    private final EventLoop loop;
    private final LinkSettings settings;
    private final RandomGenerator random;
    private final Outcomes outcomes;
    private final LongSupplier nowNanos;
    private final Function<Route, Method> newMethod;
    private final PickerFactory pickers;
    private final Balancing balancing;
    private final Breakers breakers;
    private final OpenBreakers openBreakers;
    private final AtomicBoolean breakersChanged = new AtomicBoolean();

    /// By instance name. Written on the loop, read by screens.
    private final Map<String, Connected> instances = new ConcurrentHashMap<>();

    /// Those that later incarnations have replaced, until they have answered the calls they have.
    private final Map<InstanceLink, Connected> replaced = new HashMap<>();

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
            LongSupplier nowNanos,
            Function<Route, Method> newMethod,
            Balancing balancing,
            Breakers breakers) {
        this.transport = transport;
        this.loop = loop;
        this.settings = settings;
        this.random = random;
        this.outcomes = outcomes;
        this.nowNanos = nowNanos;
        this.balancing = balancing;
        this.newMethod = newMethod;
        this.breakers = breakers;
        this.openBreakers = new OpenBreakers(breakers);
        breakers.onChange(this::breakerChanged);
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
        Method method = methods.computeIfAbsent(route, newMethod);
        method.bind();
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

    /// A method for the gateway's own calls to those who keep the keys of a service; null if nobody does.
    @Nullable Method ofKeepers(String service, Route route) {
        for (Method each : methods.values()) {
            if (each.route().service().equals(service) && each.isOffered() && each.isOnce()) {
                Method own = newMethod.apply(route);
                own.offeredBy(each.picker(), Method.Promises.OWN);
                return own;
            }
        }
        return null;
    }

    /// Takes over a changed fleet.
    ///
    /// @param chosen names of the instances to link to; the others are left to other gateways
    void apply(Fleet fleet, Set<String> chosen) {
        Map<String, Instance> listed = new LinkedHashMap<>();
        fleet.instances().forEach(instance -> listed.put(instance.instance(), instance));
        for (Instance instance : listed.values()) {
            Connected known = instances.get(instance.instance());
            boolean wanted = chosen.contains(instance.instance());
            if (wanted
                    && known != null
                    && known.link().instance().epoch() == instance.epoch()
                    && known.address().equals(address(instance))) {
                known.link().instance(instance);
                known.link().listed(true);
            } else {
                if (known != null) {
                    instances.remove(instance.instance());
                }
                if (wanted) {
                    connect(instance, known == null ? null : standIn(known));
                } else if (known != null) {
                    retire(known);
                }
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

    /// A healthy link may belong to the new incarnation already, which listens at the old one's address and
    /// had come back before a registry knew of it: calls in flight are answered, and are cancelled at their
    /// deadlines.
    private void replace(Connected known) {
        if (known.link().isConnected() && known.link().inFlight() > 0) {
            replaced.put(known.link(), known);
        } else {
            close(known);
        }
    }

    private void retire(Connected known) {
        replace(known);
        if (known.standIn() != null) {
            replace(known.standIn());
        }
    }

    /// What gets the calls until the link to a later incarnation has opened; null if nothing can.
    private @Nullable Connected standIn(Connected earlier) {
        if (earlier.link().isUsable()) {
            return earlier;
        }
        replace(earlier);
        return earlier.standIn();
    }

    /// A link has no call in flight any more.
    void linkIdle(InstanceLink link) {
        Connected known = replaced.isEmpty() ? null : replaced.remove(link);
        if (known != null) {
            close(known);
        }
    }

    void linkOpened(InstanceLink link) {
        Connected known = instances.get(link.name());
        if (known != null && known.link() == link && known.standIn() != null) {
            instances.put(link.name(), known.withoutStandIn());
            replace(known.standIn());
            rebuild();
        } else {
            connectionChanged();
        }
    }

    void linkEnded(InstanceLink link) {
        linkIdle(link);
        Connected known = instances.get(link.name());
        if (known != null && known.standIn() != null && known.standIn().link() == link) {
            instances.put(link.name(), known.withoutStandIn());
            close(known.standIn());
            rebuild();
            return;
        }
        if (known != null && known.link() == link && !link.isListed()) {
            drop(known);
            rebuild();
        } else {
            connectionChanged();
        }
    }

    /// A link has opened or ended: where breakers are open it counts how many instances are left.
    private void connectionChanged() {
        if (instances.values().stream()
                .anyMatch(known -> !known.link().breaker().isClosed())) {
            rebuild();
        }
    }

    /// On any thread. Many changes at once, as when what all instances depend on fails, make one rebuild.
    private void breakerChanged() {
        if (!loop.isShuttingDown() && breakersChanged.compareAndSet(false, true)) {
            loop.schedule(this::lookAtBreakers, REBUILD_DELAY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void lookAtBreakers() {
        breakersChanged.set(false);
        boolean changed = false;
        for (Connected known : instances.values()) {
            changed |= known.link().breakerChanged();
            changed |= known.standIn() != null && known.standIn().link().breakerChanged();
        }
        if (changed) {
            rebuild();
        }
    }

    private void drop(Connected known) {
        instances.remove(known.link().name(), known);
        retire(known);
    }

    private static void close(Connected known) {
        known.connector().close();
        known.link().breaker().close();
    }

    private void connect(Instance instance, @Nullable Connected standIn) {
        LinkBreaker breaker = breakers.link(instance.instance(), instance.epoch(), random);
        InstanceLink link = new InstanceLink(this, outcomes, nowNanos, balancing.loads(), instance, breaker);
        LinkConnector connector =
                new LinkConnector(transport, loop, instance.host(), instance.port(), settings, link, random);
        instances.put(instance.instance(), new Connected(link, connector, address(instance), standIn));
        connector.start();
    }

    private static String address(Instance instance) {
        return instance.host() + ":" + instance.port();
    }

    private void rebuild() {
        Map<PickerKey, Picker<InstanceLink>> built = new HashMap<>();
        Map<Route, List<InstanceLink>> offers = new LinkedHashMap<>();
        Map<Route, Method.Promises> promises = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (Connected known : instances.values()) {
            InstanceLink link = known.used();
            for (ServiceOffer service : link.instance().services()) {
                names.add(service.name());
                for (MethodOffer method : service.methods()) {
                    Route route = new Route(service.name(), method.name());
                    offers.computeIfAbsent(route, key -> new ArrayList<>()).add(link);
                    promises.merge(route, Method.Promises.of(method), Method.Promises::and);
                }
            }
        }
        services = names;
        instances.values().forEach(known -> known.link().breaker().shareWith(instances.size()));
        methods.forEach((route, method) -> {
            if (!offers.containsKey(route)) {
                method.offeredBy(Picker.none(), Method.Promises.NONE);
                openBreakers.gone(route);
            }
        });
        methods.keySet().removeIf(route -> !offers.containsKey(route) && !bound.contains(route));
        offers.forEach((route, links) -> {
            Method.Promises said = promises.getOrDefault(route, Method.Promises.NONE);
            methods.computeIfAbsent(route, newMethod)
                    .offeredBy(
                            openBreakers.picker(
                                    route,
                                    links,
                                    said.idempotent(),
                                    healthy -> picker(route.service(), healthy, built)),
                            said);
        });
        rebuildTable();
        outcomes.roomMade();
    }

    /// Methods of a service that the same instances offer share a picker.
    private Picker<InstanceLink> picker(
            String service, List<InstanceLink> links, Map<PickerKey, Picker<InstanceLink>> built) {
        return built.computeIfAbsent(
                new PickerKey(service, links), key -> pickers.build(links, balancing.picks(service)));
    }

    private record PickerKey(String service, List<InstanceLink> links) {}

    private void rebuildTable() {
        table = RouteTable.of(methods);
    }

    /// The links that get calls, for screens. Thread-safe; a snapshot.
    List<InstanceLink> links() {
        return instances.values().stream().map(Connected::used).toList();
    }

    void close() {
        replaced.values().forEach(LoopFleet::close);
        replaced.clear();
        for (Connected known : instances.values()) {
            close(known);
            if (known.standIn() != null) {
                close(known.standIn());
            }
        }
        instances.clear();
        rebuild();
    }
}
