package io.fairlead.gateway.upstream;

import io.fairlead.gateway.call.Call;
import io.fairlead.gateway.call.DeadlineWheel;
import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Route;
import io.fairlead.wire.RouteTable;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The workers as one event loop sees them. Confined to that loop, but for [#links] and the counters.
public final class LoopUpstreams {
    /// How often a call is written at most: with more, one poisonous message could walk through a whole fleet.
    private static final int MAX_ATTEMPTS = 3;

    private record Connected(InstanceLink link, LinkConnector connector, String address) {}

    private final NettyTransport transport;
    private final EventLoop loop;
    private final LinkSettings settings;
    private final RandomGenerator random;
    private final DeadlineWheel deadlines;
    private final LongAdder lateReplies;
    private final LongAdder retries;

    /// By instance name. Written on the loop, read by screens.
    private final Map<String, Connected> instances = new ConcurrentHashMap<>();

    private final Map<Route, Method> methods = new HashMap<>();
    private final Set<Route> bound = new HashSet<>();
    private RouteTable<Method> table = RouteTable.of(Map.of());
    private Set<String> services = Set.of();
    private final Runnable clockAges = this::clockAges;
    private boolean clockIsFresh;
    private long nowNanos;
    private int inFlight;

    LoopUpstreams(
            NettyTransport transport,
            EventLoop loop,
            LinkSettings settings,
            RandomGenerator random,
            LongAdder lateReplies,
            LongAdder retries) {
        this.transport = transport;
        this.loop = loop;
        this.settings = settings;
        this.random = random;
        this.lateReplies = lateReplies;
        this.retries = retries;
        this.deadlines = new DeadlineWheel(loop, this::expired);
    }

    /// The loop.
    public EventLoop loop() {
        return loop;
    }

    /// The time of the loop's current pass, on the clock of `System.nanoTime`: read once a pass, because at a
    /// million calls a second three looks at the clock for each would take a tenth of the loop.
    public long nowNanos() {
        if (!clockIsFresh) {
            clockIsFresh = true;
            nowNanos = System.nanoTime();
            loop.execute(clockAges);
        }
        return nowNanos;
    }

    private void clockAges() {
        clockIsFresh = false;
    }

    /// Calls that have not ended.
    public int inFlight() {
        return inFlight;
    }

    /// The method of a listener's binding, whether or not anybody offers it at the moment.
    public Method bind(Route route) {
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
    public @Nullable Method find(ByteBuf buf, int index, int length) {
        return table.find(buf, index, length);
    }

    /// Whether some instance offers a service of this name.
    public boolean knowsService(String service) {
        return services.contains(service);
    }

    /// Sends a call to one of the method's instances; its origin hears of the end.
    public void dispatch(Call call, Method method) {
        inFlight++;
        deadlines.add(call);
        attempt(call, method);
    }

    /// The client no longer waits.
    public void cancel(Call call) {
        if (call.end()) {
            cancelUpstream(call);
            finish(call);
            call.release();
        }
    }

    private void attempt(Call call, Method method) {
        InstanceLink link = method.picker().pick(call.upstream());
        if (link == null) {
            fail(call, Status.UNAVAILABLE, true, 0, "no instance of " + method.route() + " is reachable");
            return;
        }
        if (link.isFull()) {
            fail(call, Status.RESOURCE_EXHAUSTED, true, 0, "the instances of " + method.route() + " do not keep up");
            return;
        }
        String refusal = link.send(call, method, nowNanos());
        if (refusal != null) {
            fail(call, Status.RESOURCE_EXHAUSTED, true, 0, refusal);
        }
    }

    // What became of calls; called by the links.

    void answered(Call call, ByteBuf buf, int at, boolean last) {
        if (!last) {
            call.origin().answered(call, buf, at, false);
        } else if (call.end()) {
            finish(call);
            call.origin().answered(call, buf, at, true);
            call.release();
        }
    }

    void answeredWithStatus(Call call, Status status, boolean refused, long retryAfterMillis, String message) {
        if (refused) {
            notRun(call, status, retryAfterMillis, message);
        } else {
            fail(call, status, false, retryAfterMillis, message);
        }
    }

    /// The call certainly has not run: where the instance was the reason, another one may take it.
    void notRun(Call call, Status status, long retryAfterMillis, String message) {
        boolean instanceSpecific = status == Status.UNAVAILABLE || status == Status.RESOURCE_EXHAUSTED;
        if (!instanceSpecific || !retry(call)) {
            fail(call, status, true, retryAfterMillis, message);
        }
    }

    /// The call was written to a link that has ended: it may have run.
    void lost(Call call, String why) {
        Method method = methods.get(call.route());
        if (method == null || !method.isIdempotent() || !retry(call)) {
            fail(call, Status.UNKNOWN, false, 0, "may have run: " + why);
        }
    }

    private boolean retry(Call call) {
        Method method = methods.get(call.route());
        if (call.isEnded()
                || method == null
                || call.attempts() >= MAX_ATTEMPTS
                || call.deadlineNanos() - System.nanoTime() <= 0) {
            return false;
        }
        retries.increment();
        attempt(call, method);
        return true;
    }

    void lateReply() {
        lateReplies.increment();
    }

    private void expired(Call call) {
        cancelUpstream(call);
        fail(
                call,
                Status.DEADLINE_EXCEEDED,
                call.attempts() == 0,
                0,
                "no answer within " + (call.deadlineNanos() - call.startNanos()) / 1_000_000 + " ms");
    }

    private static void cancelUpstream(Call call) {
        Call.Upstream upstream = call.upstream();
        if (upstream != null) {
            upstream.cancel(call);
        }
    }

    private void fail(Call call, Status status, boolean certainlyNotRun, long retryAfterMillis, String message) {
        if (call.end()) {
            finish(call);
            call.origin().failed(call, status, certainlyNotRun, retryAfterMillis, message);
            call.release();
        }
    }

    private void finish(Call call) {
        inFlight--;
        deadlines.remove(call);
    }

    // The control side.

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
        InstanceLink link = new InstanceLink(this, instance);
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
                method.offeredBy(Picker.NONE, false);
            }
        });
        offers.forEach((route, links) -> methods.computeIfAbsent(route, Method::new)
                .offeredBy(
                        new Picker(links.toArray(InstanceLink[]::new), random.nextInt(links.size())),
                        idempotent.getOrDefault(route, false)));
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
