package io.fairlead.starter.worker;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSecret;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.Registration;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.RegistryStatus;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.starter.Effect;
import io.fairlead.starter.FairleadStartException;
import io.fairlead.starter.ProcessName;
import io.fairlead.starter.inbox.Inbox;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.ObjectMapper;

/// Listens for links, registers, and runs the handlers of this application.
///
/// Starts as the last of the context's parts, so that the first call finds everything ready, and stops as the
/// first:
///
/// ```
/// start:  find handlers → listen → register
/// stop:   say DRAINING to the registries → GOAWAY on every link → wait for calls in progress → leave → close
/// ```
///
/// May be started again after it was stopped. Thread-safe. Calls come in on event loops, which only start a
/// virtual thread for each, but for those of methods that do not block.
///
/// @since 0.1
public final class Worker implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Worker.class);

    private final ProcessName name;
    private final WorkerProperties properties;
    private final WorkerLinks links;
    private final NettyTransport transport;
    private final ListableBeanFactory beans;
    private final HandlerMethods methods;
    private final Permits permits;

    private volatile @Nullable Running running;
    private volatile boolean draining;

    /// Null if the application has no database for keys.
    private final @Nullable Inbox inbox;

    private record Running(CallServer server, Registration registration, Offers offers) {}

    /// @param beans where the services are looked for, at start
    /// @param mapper reads and writes the types that are JSON
    /// @param inbox keeps the keys of methods that run once for each; null if there is no database for it
    public Worker(
            ProcessName name,
            WorkerProperties properties,
            WorkerLinks links,
            NettyTransport transport,
            ListableBeanFactory beans,
            ObjectMapper mapper,
            CallRecorder recorder,
            @Nullable Inbox inbox) {
        this.inbox = inbox;
        this.name = name;
        this.properties = properties;
        this.links = links;
        this.transport = transport;
        this.beans = beans;
        this.methods = new HandlerMethods(new Payloads(mapper), recorder);
        this.permits = new Permits(
                switch (properties.concurrency()) {
                    case FIXED -> ConcurrencyLimit.fixed(properties.maxConcurrency());
                    case ADAPTIVE -> new AdaptiveLimit(properties.maxConcurrency(), System.nanoTime());
                });
    }

    /// The port that is listened at; -1 while the worker is stopped.
    public int port() {
        Running now = running;
        return now == null ? -1 : now.server().port();
    }

    /// Handlers that run.
    public int inFlight() {
        return permits.taken();
    }

    /// How many handlers may run at a time at the moment.
    public int concurrencyLimit() {
        return permits.limit();
    }

    /// Calls of a priority that were refused because there was no place for them.
    public long refused(Priority priority) {
        return permits.refused(priority);
    }

    /// Whether it finishes what it has and takes no more.
    public boolean isDraining() {
        return draining;
    }

    /// How the registration stands, for each registry; empty while the worker is stopped, and if there are no
    /// registries.
    public List<RegistryStatus> registries() {
        Running now = running;
        return now == null ? List.of() : now.registration().registries();
    }

    /// Whether an admin wished that it takes no new calls. It answers what still comes; a wish ends with the
    /// process.
    public boolean isDrainedByAdmin() {
        Running now = running;
        return now != null && now.registration().isDrainedByWish();
    }

    /// Its share of calls beside its peers, which an admin may have changed; as configured while it is
    /// stopped.
    public int weight() {
        Running now = running;
        return now == null ? properties.weight() : now.registration().instance().weight();
    }

    /// Whether this worker registers at all.
    public boolean hasRegistries() {
        return !links.registries().isEmpty();
    }

    @Override
    public synchronized void start() {
        if (running != null) {
            return;
        }
        draining = false;
        requireSecret();
        Handlers handlers = Handlers.find(beans, methods);
        HandlerMethod keyed = handlers.firstKeyed();
        Inbox keys = keyed == null ? null : openInbox(keyed);
        String host = AdvertisedHost.of(properties.advertisedHost(), properties.bindAddress());
        Map<Route, CallHandler> targets = new HashMap<>();
        handlers.all().forEach(handler -> targets.put(handler.route(), new Target(handler)));
        Offers offers = new Offers();
        targets.put(RegistryApi.OFFERS, offers::ask);
        if (keys != null) {
            targets.put(Outcomes.ROUTE, new Outcomes(keys)::ask);
        }
        // No limit of its own: permits, of which each call in flight holds one, are the limit.
        CallServer server = new CallServer(
                transport,
                properties.bindAddress(),
                properties.port(),
                links.server(),
                targets,
                Integer.MAX_VALUE,
                permits::free);
        try {
            server.start();
        } catch (RuntimeException e) {
            closeInbox();
            throw cannotListen(e);
        }
        try {
            running = new Running(server, register(handlers.offers(keys), offers, host, server.port()), offers);
        } catch (RuntimeException e) {
            server.close();
            closeInbox();
            throw e;
        }
        List<String> routes = handlers.all().stream()
                .map(handler -> handler.route().toString())
                .sorted()
                .toList();
        log.info("Worker {} takes calls of {} at {}:{}", name, routes, host, server.port());
    }

    private Registration register(List<ServiceOffer> services, Offers offers, String host, int port) {
        if (links.registries().isEmpty()) {
            log.info("Worker {} registers nowhere: fairlead.registries is empty", name);
        }
        Instance instance = new Instance(
                name.value(),
                0,
                host,
                port,
                properties.zone(),
                properties.weight(),
                properties.maxConcurrency(),
                InstanceState.UP,
                0,
                services);
        Registration registration = new Registration(
                transport,
                links.registries(),
                links.client(),
                instance,
                permits::taken,
                RandomGenerator.getDefault(),
                InstantSource.system());
        registration.onChange(offers::changed);
        offers.changed(registration.instance());
        registration.start();
        return registration;
    }

    private Inbox openInbox(HandlerMethod keyed) {
        Inbox found = inbox;
        if (found == null) {
            throw new FairleadStartException(
                    "Method " + keyed.route() + " keeps keys, and there is no inbox to keep them in: it needs one"
                            + " DataSource and its transaction manager.",
                    "Add the dependency org.springframework.boot:spring-boot-starter-jdbc, and org.xerial:sqlite-jdbc"
                            + " for the embedded store, or a driver and spring.datasource.url for a database of your"
                            + " own. If there are several DataSources or transaction managers, mark one of each with"
                            + " @Primary.");
        }
        found.open();
        return found;
    }

    private void closeInbox() {
        Inbox found = inbox;
        if (found != null) {
            found.close();
        }
    }

    private void requireSecret() {
        if (links.server().secret() == null && LinkSecret.isNeededAt(properties.bindAddress())) {
            throw new FairleadStartException(
                    "fairlead.worker.bind-address: " + properties.bindAddress()
                            + " (expected: a loopback address such as 127.0.0.1, because fairlead.secret is not set)",
                    "Set fairlead.secret (environment: FAIRLEAD_SECRET) to one secret in all registries, gateways and"
                            + " workers of the suite, at least 16 characters, as `openssl rand -hex 32` prints; or"
                            + " fairlead.worker.bind-address to a loopback address.");
        }
    }

    private FairleadStartException cannotListen(RuntimeException cause) {
        String address = properties.bindAddress() + ":" + properties.port();
        return new FairleadStartException(
                "The worker cannot listen for links at " + address + ": " + cause.getMessage(),
                "If another process has the port, stop it or set fairlead.worker.port to another one (0 takes any free"
                        + " one). If the address is not of this machine, change fairlead.worker.bind-address.",
                cause);
    }

    /// What the server knows of a method.
    private final class Target implements CallHandler {
        private final HandlerMethod handler;

        Target(HandlerMethod handler) {
            this.handler = handler;
        }

        @Override
        public void handle(IncomingCall call) {
            begin(handler, call);
        }

        @Override
        public boolean takesSends() {
            Keyed keyed = handler.keyed();
            return keyed != null && keyed.receives();
        }

        @Override
        public boolean mayRepeat(IncomingCall call) {
            Keyed keyed = handler.keyed();
            return handler.idempotent()
                    || (keyed != null && (keyed.receives() || call.metadata().get(Metadata.IDEMPOTENCY_KEY) != null));
        }
    }

    /// On the link's loop.
    private void begin(HandlerMethod handler, IncomingCall call) {
        Keyed keyed = handler.keyed();
        if (call.isSend() != (keyed != null && keyed.receives())) {
            handler.recorder().ended(failWrongKind(call), 0);
            return;
        }
        Priority priority = Priority.of(call.priority());
        int inFlight = permits.tryAcquire(priority);
        if (inFlight == 0) {
            handler.recorder().ended(Status.RESOURCE_EXHAUSTED, 0);
            call.refuse(
                    Status.RESOURCE_EXHAUSTED,
                    "calls at a time: " + permits.limit(priority) + ", this worker's limit for priority " + priority,
                    Duration.ZERO);
            return;
        }
        if (!handler.timeout().isZero()) {
            call.limitTime(handler.timeout());
        }
        HandlerCall handlerCall = new HandlerCall(handler, call, permits, inFlight);
        Inbox keys = inbox;
        if (keyed == null || keys == null) {
            handler.executor().execute(handlerCall);
            return;
        }
        KeyedCall keyedCall = new KeyedCall(handlerCall, handler, keyed, call, keys);
        if (keyed.receives() && keyed.effect() == Effect.DATABASE) {
            keyedCall.deliver();
        } else {
            handler.executor().execute(keyedCall);
        }
    }

    private static Status failWrongKind(IncomingCall call) {
        if (call.isSend()) {
            call.fail(
                    Status.FAILED_PRECONDITION,
                    call.route() + " takes calls, not durable messages (expected: a method with @Receive)");
            return Status.FAILED_PRECONDITION;
        }
        call.fail(
                Status.UNIMPLEMENTED,
                call.route() + " takes durable messages, not calls (expected: send, or a method with @Call)");
        return Status.UNIMPLEMENTED;
    }

    @Override
    public synchronized void stop() {
        Running now = running;
        if (now == null) {
            return;
        }
        long endNanos = System.nanoTime() + properties.drainTimeout().toNanos();
        draining = true;
        log.info("Worker {} drains {} calls, for at most {}", name, inFlight(), properties.drainTimeout());
        Registration registration = now.registration();
        try {
            registration.state(InstanceState.DRAINING);
            now.offers().close();
            boolean answered = now.server().drain(properties.drainTimeout(), "the worker shuts down");
            // Handlers whose caller has gone are not in flight any more, but work on.
            boolean idle = permits.awaitIdle(Duration.ofNanos(Math.max(0, endNanos - System.nanoTime())));
            if (!answered || !idle) {
                log.warn(
                        "Worker {} ends with {} calls in progress after {}: raise fairlead.worker.drain-timeout if"
                                + " they are that slow",
                        name,
                        inFlight(),
                        properties.drainTimeout());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            log.warn("Worker {} was interrupted while it drained {} calls", name, inFlight());
        } finally {
            running = null;
            registration.close();
            now.server().close();
            closeInbox();
        }
        log.info("Worker {} has left", name);
    }

    @Override
    public boolean isRunning() {
        return running != null;
    }
}
