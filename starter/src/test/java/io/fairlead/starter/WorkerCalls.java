package io.fairlead.starter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSecret;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.starter.autoconfigure.FairleadAutoConfiguration;
import io.fairlead.starter.autoconfigure.FairleadWorkerAutoConfiguration;
import io.fairlead.starter.worker.Worker;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/// Calls a worker of the same process over a real socket.
public final class WorkerCalls implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final NettyTransport transport = NettyTransport.create(1, "test-client");
    private final CallClient client;

    public WorkerCalls(ApplicationContext context) {
        this(context.getBean(Worker.class).port());
    }

    public WorkerCalls(int port) {
        this(port, null);
    }

    public WorkerCalls(int port, LinkSecret secret) {
        client = new CallClient(
                transport,
                List.of(new InetSocketAddress("127.0.0.1", port)),
                LinkSettings.of("client", "test").withSecret(secret),
                10_000,
                new CallClient.Listener() {});
        client.start();
    }

    /// A runner with a worker on any free port that registers nowhere.
    public static ApplicationContextRunner runner() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        JacksonAutoConfiguration.class,
                        FairleadAutoConfiguration.class,
                        FairleadWorkerAutoConfiguration.class))
                .withPropertyValues("fairlead.worker.port=0", "fairlead.registries=");
    }

    public CompletableFuture<Reply> send(Request request) {
        return client.call(request);
    }

    public CompletableFuture<Reply> send(String route, String payload) {
        return send(Request.of(route, payload.getBytes(UTF_8), TIMEOUT));
    }

    public Reply reply(Request request) {
        return get(send(request));
    }

    public String call(String route, String payload) {
        return new String(get(send(route, payload)).payload(), UTF_8);
    }

    /// How a call that fails ends.
    public CallException failure(String route, String payload) {
        return failure(send(route, payload));
    }

    public static CallException failure(CompletableFuture<Reply> call) {
        try {
            Reply reply = Objects.requireNonNull(call.get(20, TimeUnit.SECONDS));
            throw new AssertionError("expected a failure, was: " + new String(reply.payload(), UTF_8));
        } catch (ExecutionException e) {
            return (CallException) Objects.requireNonNull(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static Reply get(CompletableFuture<Reply> call) {
        try {
            return Objects.requireNonNull(call.get(20, TimeUnit.SECONDS));
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        client.close();
        transport.close();
    }
}
