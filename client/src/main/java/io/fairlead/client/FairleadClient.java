package io.fairlead.client;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.CallObserver;
import io.fairlead.link.call.CallPolicy;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.outcome.OutcomeApi;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Calls methods of workers through one of several gateways. Thread-safe; one serves a whole application.
///
/// ```java
/// try (FairleadClient fairlead = FairleadClient.connect("gateway-1:7400", "gateway-2:7400")) {
///     byte[] reply = fairlead.call("echo/upper", "hello".getBytes(UTF_8));
/// }
/// ```
///
/// **What a failure means.** A call runs at most once, unless the worker's method or the caller declares it
/// idempotent. One that certainly has not run (not written, refused by a gateway or worker, above the last id
/// of a GOAWAY) is sent to the next gateway, and the caller notices nothing but time. One whose connection
/// was lost after it was written may have run. It is repeated, within the deadline and a budget of 20 % of
/// the calls, if the caller calls it idempotent, or if it has an idempotency key; a gateway runs a repeat
/// with a key only if the worker's method is idempotent or runs once for each key. Every other end is a
/// [CallException]:
///
/// | status | the call | what to do |
/// | --- | --- | --- |
/// | UNAVAILABLE, RESOURCE_EXHAUSTED with `certainlyNotRun` | did not run | try again later, see `retryAfter` |
/// | UNKNOWN | may have run: a connection or its worker was lost | ask whether it did; repeat it if idempotent |
/// | DEADLINE_EXCEEDED | may have run, unless `certainlyNotRun` | as for UNKNOWN |
/// | INTERNAL, INVALID_ARGUMENT, ... | the handler or the worker says so | mend the request or the handler |
///
/// **Connections.** It connects in the background to every gateway and sends calls over one of them while
/// that serves; every 30 to 60 s it chooses anew by chance, so that a gateway that was gone is used again. A
/// lost connection is opened anew after a random wait that grows to 2 s, and a gateway whose connections keep
/// breaking is avoided for a while. A call waits for a connection until its deadline.
///
/// **Threads.** One event loop, a daemon, which does not run the application's code unless [Builder#executor]
/// says so: synchronous calls wait on the caller's thread (platform or virtual) without a hop; futures and
/// callbacks are completed on a virtual thread each.
///
/// **Bounds.** [Builder#maxInFlight] calls at a time, then RESOURCE_EXHAUSTED at once. A call is in flight
/// until its callback, or what hangs on its future, has returned.
public final class FairleadClient implements AutoCloseable {
    private static final ThreadFactory CALLBACK_THREADS =
            Thread.ofVirtual().name("fairlead-callback").factory();
    private static final Executor VIRTUAL_THREADS =
            task -> CALLBACK_THREADS.newThread(task).start();

    private final NettyTransport transport;
    private final CallClient calls;
    private final Executor executor;
    private final Duration defaultTimeout;
    private final int maxInFlight;

    /// Asynchronous calls whose callback has not returned.
    private final AtomicInteger callbacks = new AtomicInteger();

    private final AtomicBoolean closed = new AtomicBoolean();

    private FairleadClient(Builder builder) {
        LinkSettings settings = LinkSettings.of("client", builder.name);
        SSLContext tls = builder.tls;
        if (tls != null) {
            settings = settings.withSslContext(new VerifyingSslContext(tls));
        }
        this.defaultTimeout = builder.defaultTimeout;
        this.maxInFlight = builder.maxInFlight;
        this.executor = builder.executor;
        this.transport = NettyTransport.createDaemon(1, builder.name);
        this.calls = new CallClient(
                transport,
                builder.addresses,
                settings,
                maxInFlight,
                new CallClient.Listener() {},
                builder.policy,
                builder.random == null ? RandomGenerator.getDefault() : builder.random);
        calls.start();
    }

    /// A client with the defaults. Returns at once, connected or not.
    ///
    /// @param addresses `host:port` of native listeners of gateways, at least one
    /// @throws IllegalArgumentException if an address is malformed
    public static FairleadClient connect(String... addresses) {
        return builder().addresses(addresses).build();
    }

    /// For other settings.
    public static Builder builder() {
        return new Builder();
    }

    /// Calls a method and waits for its reply, at most the default timeout.
    ///
    /// @param route `service/method`
    /// @param payload not copied: do not change it before this returns
    /// @return the reply's payload, the caller's own
    /// @throws CallException if there is no reply, see the table above
    /// @throws IllegalArgumentException if the route is malformed
    public byte[] call(String route, byte[] payload) {
        return call(route, payload, CallOptions.DEFAULTS);
    }

    /// As [#call(String, byte[])], with options. An interrupt cancels the call, which ends with CANCELLED;
    /// the thread stays interrupted.
    ///
    /// @throws IllegalStateException on the client's event loop, where it would wait for itself
    public byte[] call(String route, byte[] payload, CallOptions options) {
        requireMayWait();
        Waiter waiter = new Waiter();
        CallClient.Cancellation cancellation = calls.call(request(route, payload, options), waiter);
        try {
            return waiter.await(cancellation).payload();
        } catch (CallException e) {
            throw e.withStackTrace();
        }
    }

    /// Sends a durable message and waits until a gateway has it on disk. It is then delivered to the method's
    /// handler until that has committed, whatever dies meanwhile; see the gateway's journal for what becomes
    /// of it.
    ///
    /// A message without an idempotency key gets one, so that it is repeated where its acknowledgement was
    /// lost, and still has one effect.
    ///
    /// @param route `service/method` of a `@Receive` handler
    /// @param payload not copied: do not change it before this returns
    /// @return the journal's name of the message, by which its outcome can be asked for
    /// @throws CallException if it was not acknowledged: with `certainlyNotRun` it is not kept, otherwise it
    ///     may be
    public String send(String route, byte[] payload) {
        return send(route, payload, CallOptions.DEFAULTS);
    }

    /// As [#send(String, byte[])], with options: keys, priority, `deliverAfter`, `expiresAfter`; the timeout
    /// is that of the acknowledgement.
    ///
    /// @throws IllegalStateException on the client's event loop, where it would wait for itself
    public String send(String route, byte[] payload, CallOptions options) {
        requireMayWait();
        Waiter waiter = new Waiter();
        CallClient.Cancellation cancellation = calls.call(message(route, payload, options), waiter);
        try {
            return messageId(waiter.await(cancellation));
        } catch (CallException e) {
            throw e.withStackTrace();
        }
    }

    private void requireMayWait() {
        if (transport.next().inEventLoop()) {
            throw new IllegalStateException("a synchronous call on the client's event loop, where it would wait for"
                    + " itself: call asynchronously there, or let callbacks run elsewhere (Builder.executor)");
        }
    }

    /// Sends a durable message; the future is completed with its id, on a virtual thread or where
    /// [Builder#executor] says, when a gateway has it on disk.
    ///
    /// @param payload not copied: do not change it before the future is completed
    /// @return fails with [CallException]
    public CompletableFuture<String> sendAsync(String route, byte[] payload, CallOptions options) {
        return async(message(route, payload, options)).thenApply(FairleadClient::messageId);
    }

    private static String messageId(Reply acknowledgement) {
        String id = acknowledgement.metadata().get(Metadata.MESSAGE_ID);
        if (id == null) {
            throw CallException.mayHaveRun(Status.INTERNAL, "the acknowledgement names no message-id");
        }
        return id;
    }

    /// Asks a gateway what became of a key of this client's, of a call or a message, after an answer was lost.
    /// It asks the gateway's journal and the inbox of the service's workers.
    ///
    /// A gateway that keeps its messages in a store of its own knows its own alone: where there are several
    /// such gateways, NEVER_SEEN is said of the one that was asked.
    ///
    /// @param service the first part of the route
    /// @param key the idempotency key
    /// @throws CallException if no gateway could be asked
    public Outcome outcome(String service, String key) {
        byte[] question = DiscoveryJson.write(new OutcomeApi.Question(service, null, key));
        byte[] answer = call(OutcomeApi.GATEWAY.toString(), question, CallOptions.DEFAULTS.withIdempotent(true));
        try {
            return Outcome.of(DiscoveryJson.read(answer, OutcomeApi.Answer.class));
        } catch (IllegalArgumentException e) {
            throw CallException.mayHaveRun(Status.INTERNAL, "the gateway's answer: " + e.getMessage())
                    .withStackTrace();
        }
    }

    /// Calls a method; its reply completes the future, on a virtual thread or where [Builder#executor] says.
    ///
    /// @param payload not copied: do not change it while the call is in flight
    /// @return fails with [CallException]; completing it otherwise (`cancel`, `orTimeout`) cancels the call
    public CompletableFuture<Reply> callAsync(String route, byte[] payload) {
        return callAsync(route, payload, CallOptions.DEFAULTS);
    }

    /// As [#callAsync(String, byte[])], with options.
    public CompletableFuture<Reply> callAsync(String route, byte[] payload, CallOptions options) {
        return async(request(route, payload, options));
    }

    private CompletableFuture<Reply> async(Request request) {
        CompletableFuture<Reply> future = new CompletableFuture<>();
        AtomicBoolean ended = new AtomicBoolean();
        CallClient.Cancellation cancellation = call(request, new Callback() {
            @Override
            public void replied(Reply reply) {
                ended.set(true);
                future.complete(reply);
            }

            @Override
            public void failed(CallException failure) {
                ended.set(true);
                future.completeExceptionally(failure);
            }
        });
        future.whenComplete((reply, failure) -> {
            if (!ended.get()) {
                cancellation.cancel();
            }
        });
        return future;
    }

    /// Calls a method; the callback hears how it ended.
    public void call(String route, byte[] payload, Callback callback) {
        call(route, payload, CallOptions.DEFAULTS, callback);
    }

    /// As [#call(String, byte[], Callback)], with options.
    ///
    /// @return takes back interest in the call: its callback then hears CANCELLED, unless it has ended
    public CallClient.Cancellation call(String route, byte[] payload, CallOptions options, Callback callback) {
        return call(request(route, payload, options), callback);
    }

    private CallClient.Cancellation call(Request request, Callback callback) {
        if (callbacks.incrementAndGet() > maxInFlight) {
            CallException full = CallException.notRun(
                    Status.RESOURCE_EXHAUSTED,
                    "calls in flight: " + maxInFlight
                            + ", the limit of this client; raise maxInFlight, or wait for replies before calling");
            complete(() -> callback.failed(full));
            return () -> {};
        }
        return calls.call(request, new CallObserver() {
            @Override
            public void reply(Reply reply) {
                complete(() -> callback.replied(reply));
            }

            @Override
            public void failed(CallException failure) {
                complete(() -> callback.failed(failure));
            }
        });
    }

    private void complete(Runnable callback) {
        Runnable task = () -> run(callback);
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // Whoever waits for the answer is to have it, also when the application's executor takes no more.
            VIRTUAL_THREADS.execute(task);
        }
    }

    /// Never throws: what a callback throws is not the executor's, which may be the event loop.
    private void run(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        } finally {
            callbacks.decrementAndGet();
        }
    }

    private Request request(String route, byte[] payload, CallOptions options) {
        Duration timeout = options.timeout();
        Metadata metadata = options.metadata().isEmpty() ? Metadata.EMPTY : Metadata.of(options.metadata());
        return new Request(
                Route.parse(route),
                metadata,
                payload,
                timeout == null ? defaultTimeout : timeout,
                options.priority(),
                options.idempotent());
    }

    private Request message(String route, byte[] payload, CallOptions options) {
        CallOptions keyed = options.metadata().containsKey(Metadata.IDEMPOTENCY_KEY)
                ? options
                : options.withIdempotencyKey(UUID.randomUUID().toString());
        Request call = request(route, payload, keyed);
        return new Request(call.route(), call.metadata(), payload, call.timeout(), call.priority(), false, true);
    }

    /// Whether a connection to a gateway is open.
    public boolean isConnected() {
        return calls.isConnected();
    }

    /// Attempts beyond the first of calls that may have run.
    public long repeated() {
        return calls.repeated();
    }

    /// Answers that came after their call had ended, and were dropped.
    public long lateReplies() {
        return calls.lateReplies();
    }

    /// Calls sent or waiting for a connection.
    public int inFlight() {
        return calls.inFlight();
    }

    /// Closes the connections. Calls that wait for a connection end with CANCELLED, written ones with
    /// UNKNOWN. Takes at most about 5 s. Idempotent.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            calls.close();
            transport.close();
        }
    }

    /// The settings of a client. Not thread-safe.
    public static final class Builder {
        private List<InetSocketAddress> addresses = List.of();
        private String name = "fairlead-client";
        private Duration defaultTimeout = Duration.ofSeconds(10);
        private int maxInFlight = 1024;
        private CallPolicy policy = CallPolicy.DEFAULTS;
        private @Nullable RandomGenerator random;
        private @Nullable SSLContext tls;
        private Executor executor = VIRTUAL_THREADS;

        private Builder() {}

        /// Where gateways listen for native clients.
        ///
        /// @param hostsAndPorts `host:port`, at least one; names are resolved at each connect
        /// @throws IllegalArgumentException if one is malformed
        public Builder addresses(String... hostsAndPorts) {
            return addresses(Arrays.asList(hostsAndPorts));
        }

        /// As [#addresses(String...)].
        public Builder addresses(List<String> hostsAndPorts) {
            List<InetSocketAddress> parsed = new ArrayList<>();
            hostsAndPorts.forEach(address -> parsed.add(Addresses.parse(address)));
            addresses = List.copyOf(parsed);
            return this;
        }

        /// What gateways call this client in logs and screens. Default: `fairlead-client`.
        public Builder name(String value) {
            if (value.isBlank() || value.length() > 128) {
                throw new IllegalArgumentException("name: '" + value + "' (expected: 1 to 128 characters)");
            }
            name = value;
            return this;
        }

        /// Time until the deadline of calls that name none, above 0. Default: 10 s.
        public Builder defaultTimeout(Duration value) {
            if (!value.isPositive()) {
                throw new IllegalArgumentException("defaultTimeout: " + value + " (expected: above 0)");
            }
            defaultTimeout = value;
            return this;
        }

        /// Most calls at a time, at least 1; more fail at once with RESOURCE_EXHAUSTED. Higher needs more
        /// memory and hides a slow service longer. Default: 1024, also what a gateway reads from one
        /// connection at a time.
        public Builder maxInFlight(int value) {
            if (value < 1) {
                throw new IllegalArgumentException("maxInFlight: " + value + " (expected: at least 1)");
            }
            maxInFlight = value;
            return this;
        }

        /// Completes futures and runs callbacks. Default: a virtual thread for each, where it may block.
        ///
        /// `Runnable::run` does so on the client's event loop, without a hand-over, which costs a call less and
        /// takes away the leave to block: meanwhile nothing is read or written, and a synchronous call of this
        /// client ends with `IllegalStateException`. A call that is refused at once then ends on the caller's
        /// thread. What an executor rejects runs on a virtual thread.
        public Builder executor(Executor value) {
            executor = value;
            return this;
        }

        /// For tests: chance and waits that can be repeated.
        Builder policy(CallPolicy value, RandomGenerator source) {
            policy = value;
            random = source;
            return this;
        }

        /// Encrypts the connections; the certificate of a gateway must be trusted by the context and name the
        /// host in its address.
        public Builder tls(SSLContext context) {
            tls = context;
            return this;
        }

        /// Makes the client, which begins to connect. Returns at once.
        ///
        /// @throws IllegalArgumentException if there is no address
        public FairleadClient build() {
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("addresses: none (expected: at least one host:port)");
            }
            return new FairleadClient(this);
        }
    }

    /// Carries an answer from the event loop to a waiting thread.
    private static final class Waiter implements CallObserver {
        private final CompletableFuture<Reply> answer = new CompletableFuture<>();

        @Override
        public void reply(Reply reply) {
            answer.complete(reply);
        }

        @Override
        public void failed(CallException failure) {
            answer.completeExceptionally(failure);
        }

        Reply await(CallClient.Cancellation cancellation) {
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        return answer.get();
                    } catch (InterruptedException e) {
                        // Still waits, for the loop alone knows whether the call was written; it answers at once.
                        interrupted = true;
                        cancellation.cancel();
                    }
                }
            } catch (ExecutionException e) {
                throw (CallException) e.getCause();
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
