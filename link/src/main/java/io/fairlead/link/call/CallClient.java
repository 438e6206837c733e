package io.fairlead.link.call;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.Link;
import io.fairlead.link.LinkConnector;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.TimerWheel;
import io.fairlead.wire.Status;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Sends calls over links to one or several addresses and pairs them with their answers. Thread-safe.
///
/// It stays with one address while that serves, moves to the next when it does not, and now and then to
/// another by chance, so that addresses that were gone are used again. An address whose connections keep
/// breaking is used only while there is no other. A call waits for a connection until its deadline.
///
/// A call that certainly has not run (not written, refused as UNAVAILABLE, above the last id of a GOAWAY) is
/// sent to the next address, each at most once. One that was written and lost may have run:
///
/// - by the caller's word that it is idempotent it is repeated;
/// - with an idempotency key it is repeated with [io.fairlead.wire.Frames#FLAG_REPEATED], where the other
///   side takes it, which runs it only if its method is idempotent, or runs once for each key; else it
///   answers UNKNOWN;
/// - any other ends with UNKNOWN and is never repeated.
///
/// Repeats wait, cost of a budget ([CallPolicy]), and are not made beyond the deadline, of streams whose
/// parts have been seen, and of calls without a deadline.
///
/// Threads: calls may be made anywhere; observers and futures are completed on the client's event loop, so
/// what is attached to them must not block.
public final class CallClient implements AutoCloseable {
    /// A deadline is seen at most two ticks late.
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final EventLoop loop;
    private final List<CallConnection> connections = new ArrayList<>();
    private final int maxInFlight;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder lateReplies = new LongAdder();
    private final Queue<OutgoingCall> submitted = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final Runnable drain = this::drain;
    private final Listener listener;
    private final CallPolicy policy;
    private final RandomGenerator random;

    /// Confined to the loop, as the four that follow.
    private final Repeater repeater;

    private final TimerWheel<OutgoingCall> timers;
    private final ArrayDeque<OutgoingCall> waiting = new ArrayDeque<>();

    private int current;
    private String lastTrouble = "not connected yet";

    private volatile boolean closed;

    /// Hears of connections. Called on the loop.
    public interface Listener {
        /// A link was opened: calls go out.
        default void connected() {}

        /// A connection ended or could not be opened.
        default void disconnected(String why) {}
    }

    /// @param addresses at least one; host names are resolved at each connect
    /// @param maxInFlight most calls submitted and not ended, at least 1; more fail at once with
    ///     RESOURCE_EXHAUSTED
    public CallClient(
            NettyTransport transport,
            List<InetSocketAddress> addresses,
            LinkSettings settings,
            int maxInFlight,
            Listener listener) {
        this(transport, addresses, settings, maxInFlight, listener, CallPolicy.DEFAULTS, RandomGenerator.getDefault());
    }

    /// As the other constructor, with a policy.
    ///
    /// @param random for jitter and for the choice of addresses; used on the client's loop
    public CallClient(
            NettyTransport transport,
            List<InetSocketAddress> addresses,
            LinkSettings settings,
            int maxInFlight,
            Listener listener,
            CallPolicy policy,
            RandomGenerator random) {
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("addresses: none (expected: at least one host:port)");
        }
        if (maxInFlight < 1) {
            throw new IllegalArgumentException("maxInFlight: " + maxInFlight + " (expected: at least 1)");
        }
        this.loop = transport.next();
        this.maxInFlight = maxInFlight;
        this.listener = listener;
        this.policy = policy;
        this.random = random;
        this.repeater = new Repeater(loop, policy, random, this::send);
        this.timers = new TimerWheel<>(loop, TICK_NANOS, this::expire);
        for (InetSocketAddress address : addresses) {
            CallConnection connection = new CallConnection(this);
            connection.connector(new LinkConnector(
                    transport, loop, address.getHostString(), address.getPort(), settings, connection, random));
            connections.add(connection);
        }
        // Clients that start with the same list do not all begin at its head.
        this.current = random.nextInt(connections.size());
    }

    /// Begins to connect to all addresses. Returns at once.
    public void start() {
        connections.forEach(connection -> connector(connection).start());
        if (connections.size() > 1 && policy.rebalance().isPositive()) {
            loop.execute(this::rebalanceLater);
        }
    }

    /// Whether a link is open.
    public boolean isConnected() {
        return connections.stream().anyMatch(connection -> connector(connection).link() != null);
    }

    /// Calls submitted and not ended.
    public int inFlight() {
        return inFlight.get();
    }

    /// Answers that came after their call had ended, and were dropped.
    public long lateReplies() {
        return lateReplies.sum();
    }

    /// Attempts beyond the first of calls that may have run.
    public long repeated() {
        return repeater.repeated();
    }

    /// Changes the heartbeat interval of the links that are open now, as [Link#heartbeatEvery] does. From any thread.
    public void heartbeatEvery(Duration interval) {
        executeIfOpen(() -> {
            for (CallConnection connection : connections) {
                Link link = connection.link();
                if (link != null) {
                    link.heartbeatEvery(interval);
                }
            }
        });
    }

    /// Sends a call that has one answer.
    ///
    /// @return fails with [CallException]; cancelling it cancels the call
    public CompletableFuture<Reply> call(Request request) {
        CompletableFuture<Reply> future = new CompletableFuture<>();
        Cancellation cancellation = call(request, new CallObserver() {
            @Override
            public void reply(Reply reply) {
                future.complete(reply);
            }

            @Override
            public void failed(CallException failure) {
                future.completeExceptionally(failure);
            }
        });
        future.whenComplete((reply, failure) -> {
            if (future.isCancelled()) {
                cancellation.cancel();
            }
        });
        return future;
    }

    /// Sends a call whose answers an observer sees.
    public Cancellation call(Request request, CallObserver observer) {
        OutgoingCall call = new OutgoingCall(request, observer, System.nanoTime());
        if (closed) {
            observer.failed(CallException.notRun(Status.CANCELLED, "the client is closed"));
        } else if (inFlight.incrementAndGet() > maxInFlight) {
            inFlight.decrementAndGet();
            observer.failed(CallException.notRun(
                    Status.RESOURCE_EXHAUSTED, "calls in flight: " + maxInFlight + ", the limit of this client"));
        } else {
            submitted.add(call);
            if (!drainScheduled.get() && drainScheduled.compareAndSet(false, true)) {
                scheduleDrain();
            }
        }
        return () -> executeIfOpen(() -> cancel(call));
    }

    private void executeIfOpen(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The transport was closed meanwhile, and with it every link and call has ended.
        }
    }

    private void scheduleDrain() {
        try {
            loop.execute(drain);
        } catch (RejectedExecutionException e) {
            // The transport was closed meanwhile, so that nobody else will ever take what was submitted.
            drainScheduled.set(false);
            for (OutgoingCall left = submitted.poll(); left != null; left = submitted.poll()) {
                fail(left, CallException.notRun(Status.CANCELLED, "the client is closed"));
            }
        }
    }

    /// Takes back interest in a call: thread-safe, idempotent, without effect once it has ended.
    @FunctionalInterface
    public interface Cancellation {
        /// The observer hears CANCELLED; the other side is told.
        void cancel();
    }

    private void drain() {
        drainScheduled.set(false);
        for (OutgoingCall call = submitted.poll(); call != null; call = submitted.poll()) {
            repeater.called();
            if (call.hasDeadline()) {
                timers.add(call, call.deadlineNanos);
            }
            send(call);
        }
    }

    private void send(OutgoingCall call) {
        if (closed) {
            fail(call, CallException.notRun(Status.CANCELLED, "the client is closed"));
            return;
        }
        long now = System.nanoTime();
        CallConnection connection = pick(null, now);
        if (connection == null) {
            call.connection = null;
            waiting.add(call);
        } else {
            write(call, connection, now);
        }
    }

    private void write(OutgoingCall call, CallConnection connection, long now) {
        Link link = Objects.requireNonNull(connection.link());
        if (call.isFlagged() && !link.peerChecksRepeats()) {
            fail(call, CallException.notRun(Status.UNAVAILABLE, "this peer does not check what it repeats"));
        } else if (call.request.send() && !link.peerTakesSends()) {
            fail(
                    call,
                    CallException.notRun(
                            Status.UNIMPLEMENTED,
                            link.remoteAddress() + " takes no durable messages (expected: a gateway that keeps a"
                                    + " journal)"));
        } else if (!connection.write(call, link, now)) {
            fail(
                    call,
                    CallException.notRun(
                            Status.RESOURCE_EXHAUSTED,
                            "payload: " + call.request.payload().length + " bytes (the peer's max-frame: "
                                    + link.peerMaxFrameBytes() + ")"));
        }
    }

    /// The connection for the next call: that in use while it serves, else the next.
    ///
    /// @param not to be chosen; null = any may be
    private @Nullable CallConnection pick(@Nullable CallConnection not, long now) {
        CallConnection flapping = null;
        for (int i = 0; i < connections.size(); i++) {
            int index = (current + i) % connections.size();
            CallConnection connection = connections.get(index);
            if (connection != not && connection.usable()) {
                if (!connection.isFlapping(now)) {
                    current = index;
                    return connection;
                }
                flapping = flapping == null ? connection : flapping;
            }
        }
        return flapping;
    }

    private void rebalanceLater() {
        long nanos = policy.rebalance().toNanos();
        loop.schedule(this::rebalance, nanos + random.nextLong(nanos), TimeUnit.NANOSECONDS);
    }

    /// Begins the search for the next call's connection anywhere. Calls in flight stay where they are.
    private void rebalance() {
        if (!closed) {
            current = random.nextInt(connections.size());
            rebalanceLater();
        }
    }

    // Called by the connections, on the loop.

    void opened() {
        listener.connected();
        usableAgain();
    }

    /// Calls that waited for a connection may go out.
    void usableAgain() {
        if (waiting.isEmpty() || pick(null, System.nanoTime()) == null) {
            return;
        }
        for (int i = waiting.size(); i > 0; i--) {
            OutgoingCall call = waiting.poll();
            if (call != null && !call.ended) {
                send(call);
            }
        }
    }

    void closed(String why) {
        lastTrouble = why;
        if (!closed) {
            listener.disconnected(why);
        }
    }

    void lateReply() {
        lateReplies.increment();
    }

    void succeeded(OutgoingCall call, Reply reply) {
        if (end(call)) {
            call.observer.reply(reply);
        }
    }

    void answeredWithStatus(OutgoingCall call, CallException failure) {
        if (failure.certainlyNotRun() && failure.status() == Status.UNAVAILABLE) {
            refused(call, failure);
        } else if (failure.status() != Status.UNKNOWN
                || failure.certainlyNotRun()
                || !call.request.idempotent()
                || !repeatLater(call, failure)) {
            fail(call, failure);
        }
    }

    private void refused(OutgoingCall call, CallException failure) {
        long now = System.nanoTime();
        if (++call.refusals < connections.size()) {
            current = (current + 1) % connections.size();
            CallConnection other = pick(call.connection, now);
            if (other != null) {
                write(call, other, now);
                return;
            }
        }
        if (!call.mayHaveRun || !repeatLater(call, failure)) {
            fail(call, failure);
        }
    }

    void notTaken(OutgoingCall call, String why) {
        if (call.hasDeadline()) {
            send(call);
        } else {
            fail(call, CallException.notRun(Status.UNAVAILABLE, why));
        }
    }

    /// @param checked whether the other side would have run a repeat only where that is safe
    void lost(OutgoingCall call, boolean checked, String why) {
        CallException unknown = CallException.mayHaveRun(Status.UNKNOWN, "may have run: " + why);
        boolean repeatable = call.request.idempotent() || (checked && call.request.hasKey());
        if (!repeatable || !repeatLater(call, unknown)) {
            fail(call, unknown);
        }
    }

    private boolean repeatLater(OutgoingCall call, CallException failure) {
        return !closed && repeater.repeatLater(call, failure);
    }

    private void expire(OutgoingCall call) {
        boolean written = call.connection != null;
        cancelAt(call);
        fail(
                call,
                written
                        ? CallException.mayHaveRun(
                                Status.DEADLINE_EXCEEDED, "no answer within " + call.request.timeout())
                        : CallException.notRun(
                                Status.DEADLINE_EXCEEDED,
                                "no connection within " + call.request.timeout() + ": " + lastTrouble));
    }

    private void cancel(OutgoingCall call) {
        if (!call.ended) {
            boolean written = call.connection != null;
            cancelAt(call);
            fail(
                    call,
                    written
                            ? CallException.mayHaveRun(Status.CANCELLED, "cancelled by the caller")
                            : CallException.notRun(Status.CANCELLED, "cancelled by the caller"));
        }
    }

    private void cancelAt(OutgoingCall call) {
        CallConnection connection = call.connection;
        if (connection != null) {
            connection.cancel(call);
        } else {
            waiting.remove(call);
            repeater.forget(call);
        }
    }

    void fail(OutgoingCall call, CallException failure) {
        if (end(call)) {
            call.observer.failed(call.mayHaveRun && failure.certainlyNotRun() ? mayHaveRun(failure) : failure);
        }
    }

    /// What is said of the last attempt does not hold for those before.
    private static CallException mayHaveRun(CallException failure) {
        boolean ownEnd = failure.status() == Status.DEADLINE_EXCEEDED || failure.status() == Status.CANCELLED;
        return CallException.mayHaveRun(
                ownEnd ? failure.status() : Status.UNKNOWN,
                "may have run: an attempt was lost, and the last one ended so: " + failure.getMessage());
    }

    private boolean end(OutgoingCall call) {
        if (call.ended) {
            return false;
        }
        call.ended = true;
        inFlight.decrementAndGet();
        timers.remove(call);
        return true;
    }

    private static LinkConnector connector(CallConnection connection) {
        return Objects.requireNonNull(connection.connector());
    }

    /// Ends all links. Calls in flight, and those that wait for their repeat, end with UNKNOWN, those that
    /// wait for a connection with CANCELLED. Idempotent.
    @Override
    public void close() {
        closed = true;
        connections.forEach(connection -> connector(connection).close());
        loop.execute(() -> {
            drain();
            for (OutgoingCall call : repeater.takeAll()) {
                fail(
                        call,
                        CallException.mayHaveRun(
                                Status.UNKNOWN, "may have run: the client was closed before the call was repeated"));
            }
            for (OutgoingCall call = waiting.poll(); call != null; call = waiting.poll()) {
                fail(call, CallException.notRun(Status.CANCELLED, "the client is closed"));
            }
        });
    }
}
