package io.fairlead.link.discovery;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallObserver;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.discovery.RegistryApi.LeaseTerms;
import io.fairlead.link.discovery.RegistryApi.Leaving;
import io.fairlead.link.discovery.RegistryApi.Renewal;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Registration] with one registry. Confined to the registration's loop, but for what says otherwise.
///
/// At any time either a call or a timer is under way, never two: each step cancels the timer and makes the answers of
/// earlier calls stale.
final class RegistrationNode {
    private static final Logger log = LoggerFactory.getLogger(RegistrationNode.class);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(1);
    private static final int MAX_CALLS = 16;

    private static final long RETRY_MIN_MILLIS = 500;
    private static final long RETRY_MAX_MILLIS = 1_500;
    private static final long DEFAULT_RENEW_MILLIS = 3_000;

    private final Registration registration;
    private final String address;
    private final LinkSettings settings;
    private final CallClient client;
    private final WishStream wishes;

    private boolean linked;
    private boolean everLinked;
    private boolean superseded;
    private long acceptedEpoch;
    private long renewMillis = DEFAULT_RENEW_MILLIS;
    private long step;
    private @Nullable ScheduledFuture<?> timer;

    /// Written on the loop, read by anyone.
    private volatile Standing standing;

    /// @param leaseEndNanos until when the registry lists us, if it has not said otherwise
    private record Standing(boolean registered, long leaseEndNanos, Instant since, String lastError) {}

    RegistrationNode(
            Registration registration, NettyTransport transport, InetSocketAddress address, LinkSettings settings) {
        this.registration = registration;
        this.address = address.getHostString() + ":" + address.getPort();
        this.standing = new Standing(false, 0, registration.now(), "not connected yet");
        this.settings = RegistryLinks.of(settings);
        this.client = new CallClient(transport, List.of(address), this.settings, MAX_CALLS, new CallClient.Listener() {
            @Override
            public void connected() {
                registration.loop().execute(RegistrationNode.this::connected);
            }

            @Override
            public void disconnected(String why) {
                registration.loop().execute(() -> RegistrationNode.this.disconnected(why));
            }
        });
        this.wishes = new WishStream(registration, this.address, client);
    }

    /// From any thread.
    void start() {
        client.start();
    }

    /// From any thread.
    void close() {
        client.close();
    }

    /// From any thread.
    RegistryStatus status() {
        Standing now = standing;
        if (now.registered() && System.nanoTime() - now.leaseEndNanos() > 0) {
            return new RegistryStatus(address, false, now.since(), "the lease ran out: " + now.lastError());
        }
        return new RegistryStatus(address, now.registered(), now.since(), now.lastError());
    }

    boolean isSuperseded() {
        return superseded;
    }

    void changed() {
        if (linked && acceptedEpoch == registration.instance().epoch() && !superseded) {
            renew();
        }
        // Else a register is under way or to come: its answer is compared with the revision then.
    }

    void epochRaised() {
        if (linked) {
            register();
        }
    }

    CompletableFuture<Boolean> leave() {
        CompletableFuture<Boolean> left = new CompletableFuture<>();
        long epoch = registration.instance().epoch();
        // Also when a register is unanswered: it may have been taken.
        if (!linked || superseded) {
            left.complete(false);
            return left;
        }
        nextStep();
        byte[] payload = DiscoveryJson.write(new Leaving(registration.name(), epoch));
        client.call(new Request(RegistryApi.LEAVE, Metadata.EMPTY, payload, LEAVE_TIMEOUT))
                .whenComplete((reply, failure) -> left.complete(failure == null));
        return left;
    }

    private void connected() {
        linked = true;
        wishes.linked();
        long delayMillis = everLinked ? registration.reconnectDelayMillis(renewMillis) : 0;
        everLinked = true;
        later(this::register, delayMillis);
    }

    private void disconnected(String why) {
        linked = false;
        wishes.unlinked();
        nextStep();
        trouble(why);
    }

    private void register() {
        Instance sent = registration.toRegister();
        call(RegistryApi.REGISTER, sent, terms -> accepted(terms, sent));
    }

    private void renew() {
        Instance sent = registration.toRegister();
        Renewal renewal = new Renewal(
                sent.instance(), sent.epoch(), sent.revision(), sent.state(), sent.weight(), sent.inFlight());
        call(RegistryApi.RENEW, renewal, terms -> accepted(terms, sent));
    }

    private void accepted(LeaseTerms terms, Instance sent) {
        if (!standing.registered()) {
            log.info("Instance {} is registered with {}, epoch {}", registration.name(), address, sent.epoch());
        }
        superseded = false;
        acceptedEpoch = sent.epoch();
        renewMillis = terms.renewMillis();
        client.heartbeatEvery(RegistryLinks.heartbeat(settings, renewMillis));
        Instant since = standing.registered() ? standing.since() : registration.now();
        standing = new Standing(true, System.nanoTime() + terms.leaseMillis() * 1_000_000, since, "");
        wishes.listen(sent.epoch());
        Instance now = registration.instance();
        if (now.epoch() != sent.epoch()) {
            register();
        } else if (now.revision() != sent.revision()) {
            renew();
        } else {
            later(this::renew, registration.jitterMillis(renewMillis * 9 / 10, renewMillis));
        }
    }

    private void failed(Route route, CallException failure) {
        if (!linked) {
            return;
        }
        String why = route + ": " + failure.getMessage();
        if (failure.status() == Status.NOT_FOUND && route.equals(RegistryApi.RENEW)) {
            unregistered(why);
            register();
        } else if (failure.status() == Status.FAILED_PRECONDITION) {
            unregistered(why);
            outdated(highestEpoch(failure));
        } else {
            log.debug("Registration of {} with {}: {}", registration.name(), address, why);
            trouble(why);
            long hintMillis = failure.retryAfter().toMillis();
            later(
                    this::register,
                    registration.jitterMillis(hintMillis + RETRY_MIN_MILLIS, hintMillis + RETRY_MAX_MILLIS));
        }
    }

    private void outdated(long highest) {
        boolean takenOver = acceptedEpoch == registration.instance().epoch() || highest == 0;
        if (!takenOver && registration.raiseEpochAbove(highest)) {
            register();
            return;
        }
        if (!superseded) {
            superseded = true;
            log.error(
                    "Instance {} is no longer registered with {}: another process has registered under this name"
                            + " (epoch {}, ours is {}). Give each process a name of its own",
                    registration.name(),
                    address,
                    highest,
                    registration.instance().epoch());
        }
        later(this::register, renewMillis);
    }

    private static long highestEpoch(CallException failure) {
        String text = failure.metadata().get(Metadata.HIGHEST_EPOCH);
        try {
            return text == null ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            log.debug("highest-epoch: '{}' is no number", text, e);
            return 0;
        }
    }

    private void trouble(String why) {
        Standing now = standing;
        standing = new Standing(now.registered(), now.leaseEndNanos(), now.since(), why);
    }

    private void unregistered(String why) {
        Standing now = standing;
        standing = new Standing(false, 0, now.registered() ? registration.now() : now.since(), why);
    }

    private void call(Route route, Object payload, Consumer<LeaseTerms> onSuccess) {
        if (registration.closed()) {
            return;
        }
        long mine = nextStep();
        Request request = new Request(route, Metadata.EMPTY, DiscoveryJson.write(payload), CALL_TIMEOUT);
        client.call(request, new CallObserver() {
            @Override
            public void reply(Reply reply) {
                inStep(mine, () -> answered(route, reply, onSuccess));
            }

            @Override
            public void failed(CallException failure) {
                inStep(mine, () -> RegistrationNode.this.failed(route, failure));
            }
        });
    }

    private void answered(Route route, Reply reply, Consumer<LeaseTerms> onSuccess) {
        LeaseTerms terms;
        try {
            terms = DiscoveryJson.read(reply.payload(), LeaseTerms.class);
        } catch (IllegalArgumentException e) {
            failed(route, CallException.mayHaveRun(Status.INTERNAL, "answer: " + e.getMessage()));
            return;
        }
        onSuccess.accept(terms);
    }

    private void inStep(long mine, Runnable then) {
        registration.loop().execute(() -> {
            if (mine == step && !registration.closed()) {
                then.run();
            }
        });
    }

    private void later(Runnable then, long delayMillis) {
        long mine = nextStep();
        timer = registration.loop().schedule(() -> inStep(mine, then), delayMillis, TimeUnit.MILLISECONDS);
    }

    /// Makes whatever is under way stale.
    private long nextStep() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        return ++step;
    }
}
