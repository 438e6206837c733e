package io.fairlead.registry;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSecret;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.discovery.Wish;
import io.fairlead.registry.lease.Lease;
import io.fairlead.registry.wish.WishOutcome;
import io.netty.channel.EventLoop;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Listens for the links of workers and gateways. Thread-safe.
///
/// Its stop says GOAWAY on all links, so that their other ends go elsewhere at once, and then closes them.
@Component
public class RegistryServer implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(RegistryServer.class);

    /// One register, renewal or leave a link is usual; watches and streams of wishes count, too.
    private static final int MAX_CALLS_PER_LINK = 3;

    private final RegistryProperties settings;
    private final String name;
    private final @Nullable LinkSecret secret;
    private final List<Consumer<RegistrySummary>> listeners = new CopyOnWriteArrayList<>();

    private volatile @Nullable Running running;

    private record Running(NettyTransport transport, EventLoop loop, CallServer server, RegistryLoop state) {}

    /// Starts nothing yet.
    ///
    /// @throws NoSecretException if others could open links, and there is no secret
    public RegistryServer(RegistryProperties settings) {
        this.settings = settings;
        this.name = settings.name().isBlank() ? "registry-" + randomPart() : settings.name();
        this.secret = settings.linkSecret();
        if (secret == null && LinkSecret.isNeededAt(settings.bindAddress())) {
            throw new NoSecretException(settings.bindAddress());
        }
    }

    /// Binds, and begins to accept links.
    ///
    /// @throws LinkPortException if the address cannot be bound
    @Override
    public void start() {
        NettyTransport transport = NettyTransport.create(1, "registry");
        RegistryLoop state = new RegistryLoop(settings, name, System::nanoTime, this::changed);
        CallServer server = new CallServer(
                transport,
                settings.bindAddress(),
                settings.port(),
                LinkSettings.of("registry", name)
                        .withHeartbeatInterval(RegistryProperties.heartbeat(settings.renew()))
                        .withMaxConnections(settings.maxLinks())
                        .withSecret(secret),
                state.handlers(),
                MAX_CALLS_PER_LINK * settings.maxLinks());
        try {
            server.start();
        } catch (RuntimeException e) {
            server.close();
            transport.close();
            throw new LinkPortException(settings.bindAddress(), settings.port(), e);
        }
        EventLoop loop = transport.next();
        long tickMillis = RegistryLoop.tickMillis(settings);
        loop.scheduleAtFixedRate(() -> tick(state), 0, tickMillis, TimeUnit.MILLISECONDS);
        running = new Running(transport, loop, server, state);
        log.info("{} accepts links at {}:{}", name, settings.bindAddress(), server.port());
    }

    private static void tick(RegistryLoop state) {
        try {
            state.tick();
        } catch (RuntimeException e) {
            // A schedule ends with its first exception, and no lease would ever end again.
            log.error("The registry's tick failed", e);
        }
    }

    @Override
    public void stop() {
        Running stopping = running;
        if (stopping == null) {
            return;
        }
        running = null;
        stopping.loop().execute(stopping.state()::close);
        try {
            if (!stopping.server().drain(settings.drainTimeout(), "the registry shuts down")) {
                log.warn(
                        "Calls unanswered after {}: {}",
                        settings.drainTimeout(),
                        stopping.server().inFlight());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stopping.server().close();
        stopping.transport().close();
        log.info("{} accepts no more links", name);
    }

    /// Whether it listens.
    @Override
    public boolean isRunning() {
        return running != null;
    }

    /// This registry's name.
    public String name() {
        return name;
    }

    /// The port at which links are accepted; 0 while it does not listen.
    public int port() {
        Running now = running;
        return now == null ? 0 : now.server().port();
    }

    /// Open links.
    public int links() {
        Running now = running;
        return now == null ? 0 : now.server().links();
    }

    /// Links refused because the other side did not prove that it knows the secret.
    public long unauthenticated() {
        return secret == null ? 0 : secret.refused();
    }

    /// The figures of a moment ago.
    public RegistrySummary summary() {
        Running now = running;
        return now == null ? RegistrySummary.NOTHING : now.state().summary();
    }

    /// Has `listener` called with new figures, on the registry's loop: it must not block. For the life of this object.
    public void onChange(Consumer<RegistrySummary> listener) {
        listeners.add(listener);
    }

    private void changed(RegistrySummary summary) {
        listeners.forEach(listener -> listener.accept(summary));
    }

    /// All leases, in no order. Waits for the registry's loop, at most `timeoutMillis`; not to be called on it.
    ///
    /// @throws TimeoutException if the loop did not answer in time, or the registry does not listen
    public List<Lease> leases(long timeoutMillis) throws TimeoutException, InterruptedException {
        return ask(RegistryLoop::list, timeoutMillis);
    }

    /// Passes an admin's wish on to an instance, and waits until the instance says that it is so. Not to be called on
    /// the registry's loop.
    ///
    /// @param timeoutMillis how long the instance may take; after it the outcome is [WishOutcome.Told]
    /// @throws TimeoutException if the registry's loop did not answer in time, or the registry does not listen
    public WishOutcome wish(String instance, Wish wish, long timeoutMillis)
            throws TimeoutException, InterruptedException {
        CompletableFuture<Boolean> fulfilled = new CompletableFuture<>();
        WishOutcome outcome;
        try {
            outcome = ask(state -> state.tell(instance, wish, fulfilled), timeoutMillis);
        } catch (TimeoutException | InterruptedException e) {
            // The question still waits for the loop; the admin, who is told that nothing came of it, does not.
            fulfilled.cancel(false);
            throw e;
        }
        if (!(outcome instanceof WishOutcome.Told)) {
            return outcome;
        }
        // Ended in any case: who waits no more is forgotten.
        boolean isSo = fulfilled
                .completeOnTimeout(false, timeoutMillis, TimeUnit.MILLISECONDS)
                .join();
        return ask(state -> state.told(instance, isSo), timeoutMillis);
    }

    /// Waits until the registry's loop has answered.
    ///
    /// @throws TimeoutException as for [#leases]
    public void ping(long timeoutMillis) throws TimeoutException, InterruptedException {
        ask(state -> true, timeoutMillis);
    }

    private <T> T ask(Function<RegistryLoop, T> question, long timeoutMillis)
            throws TimeoutException, InterruptedException {
        Running now = running;
        if (now == null) {
            throw new TimeoutException("the registry does not listen");
        }
        try {
            return CompletableFuture.supplyAsync(() -> question.apply(now.state()), now.loop())
                    .get(timeoutMillis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the registry's loop failed: " + e.getCause(), e);
        }
    }

    private static String randomPart() {
        return HexFormat.of().toHexDigits(RandomGenerator.getDefault().nextLong(), 6);
    }
}
