package io.fairlead.link.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.CloseReason;
import io.fairlead.link.LinkSettings;
import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.fairlead.wire.Hello;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// That every call ends, once, and as `PROTOCOL.md` has it, also where the other side is odd.
class CallEndTests {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration SOON = Duration.ofSeconds(10);

    private final NettyTransport transport = NettyTransport.create(1, "server");
    private final NettyTransport clientTransport = NettyTransport.create(1, "client");

    @AfterEach
    void close() {
        clientTransport.close();
        transport.close();
    }

    private CallServer server(CallHandler handler) {
        CallServer server = new CallServer(
                transport,
                "127.0.0.1",
                0,
                LinkSettings.of("worker", "test"),
                Map.of(Route.parse("test/call"), handler),
                10);
        server.start();
        return server;
    }

    private CallClient client(int port, CallPolicy policy) {
        CallClient client = new CallClient(
                clientTransport,
                List.of(new InetSocketAddress("127.0.0.1", port)),
                LinkSettings.of("client", "test"),
                100,
                new CallClient.Listener() {},
                policy,
                new Random(7));
        client.start();
        return client;
    }

    private CallClient client(int port) {
        return client(port, CallPolicy.DEFAULTS);
    }

    private static Request request(Duration timeout, boolean idempotent) {
        return new Request(Route.parse("test/call"), Metadata.EMPTY, new byte[0], timeout, Priority.NORMAL, idempotent);
    }

    private static Request request() {
        return request(TIMEOUT, false);
    }

    private static CallException failure(CompletableFuture<?> future) {
        CompletionException thrown = catchThrowableOfType(CompletionException.class, future::join);
        assertThat(thrown).hasCauseInstanceOf(CallException.class);
        return (CallException) thrown.getCause();
    }

    @Test
    void closingEndsACallThatWaitsForItsRepeat() {
        CallServer server = server(call -> call.link().close(CloseReason.LOCAL_CLOSE, ""));
        Duration hour = Duration.ofHours(1);
        CallClient client = client(server.port(), new CallPolicy(20, 10, hour, hour, Duration.ZERO));
        CompletableFuture<Reply> reply = client.call(request(Duration.ofDays(1), true));
        await().until(() -> client.repeated() == 1);

        client.close();
        clientTransport.close();

        await().atMost(SOON).until(reply::isDone);
        assertThat(failure(reply).status()).isEqualTo(Status.UNKNOWN);
        assertThat(failure(reply).certainlyNotRun()).isFalse();
        assertThat(client.inFlight()).isZero();
    }

    @Test
    void aCallIsCancelledWithoutEffectOnceItsLoopHasEnded() {
        CallServer server = server(call -> call.reply(new byte[0]));
        CallClient client = client(server.port());
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        CallClient.Cancellation cancellation = client.call(request(), new CallObserver() {
            @Override
            public void reply(Reply reply) {
                ended.complete(true);
            }

            @Override
            public void failed(CallException failure) {
                ended.complete(false);
            }
        });
        assertThat(ended.join()).isTrue();
        client.close();
        clientTransport.close();

        cancellation.cancel();
    }

    @Test
    void aTimeoutBeyondAllNanosecondsIsAVeryLongOne() {
        CompletableFuture<Duration> left = new CompletableFuture<>();
        CallServer server = server(call -> {
            left.complete(call.timeLeft());
            call.reply("done".getBytes(UTF_8));
        });
        CallClient client = client(server.port());

        Reply reply =
                client.call(request(ChronoUnit.FOREVER.getDuration(), false)).join();

        assertThat(reply.payload()).asString().isEqualTo("done");
        assertThat(left.join()).isGreaterThan(Duration.ofDays(40));
    }

    @Test
    void refusesAPayloadThatIsMissing() {
        assertThatNullPointerException()
                .isThrownBy(() -> Request.of("test/call", null, TIMEOUT))
                .withMessage("payload");
    }

    @Test
    void anEndlessRetryHintDoesNotKeepTheAnswer() {
        CallServer server =
                server(call -> call.fail(Status.ABORTED, "not now", ChronoUnit.FOREVER.getDuration(), Metadata.EMPTY));
        CallClient client = client(server.port());

        CallException failure = failure(client.call(request()));

        assertThat(failure.status()).isEqualTo(Status.ABORTED);
        assertThat(failure.retryAfter()).isGreaterThan(Duration.ofDays(40));
        assertThat(server.inFlight()).isZero();
    }

    @Test
    void aStreamForWhoWantsOneAnswerEndsTheCallAndIsCancelled() {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        CallServer server = server(call -> {
            call.onCancel(() -> cancelled.complete(null));
            call.replyPart(new byte[] {1});
        });
        CallClient client = client(server.port());

        CallException failure = failure(client.call(request()));

        assertThat(failure.status()).isEqualTo(Status.INTERNAL);
        assertThat(failure.certainlyNotRun()).isFalse();
        assertThat(failure).hasMessageContaining("stream");
        assertThat(cancelled).succeedsWithin(SOON);
    }

    @Test
    void malformedMetadataOfAnAnswerEndsItsCallAlone() throws Exception {
        try (Gateway gateway = new Gateway()) {
            CallClient client = client(gateway.port());
            CompletableFuture<Reply> first = client.call(request());
            CompletableFuture<Reply> second = client.call(request());
            gateway.awaitRequests(2);

            ByteBuf answers = Unpooled.buffer();
            Frames.writeHeader(answers, FrameType.RESPONSE, (byte) 0, 0, 1, 0, 0, 3, 0);
            answers.writeBytes(new byte[3]);
            Frames.writeBare(answers, FrameType.RESPONSE, 2);
            gateway.send(answers);

            assertThat(second.join().payload()).isEmpty();
            assertThat(failure(first).status()).isEqualTo(Status.INTERNAL);
            assertThat(failure(first).certainlyNotRun()).isFalse();
        }
    }

    @Test
    void malformedMetadataOfARequestIsRefusedWhetherOrNotItsHandlerReadsIt() throws Exception {
        CallServer server = server(call -> call.reply(new byte[0]));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20_000);
            ByteBuf frames = Unpooled.buffer();
            Hello.of("gateway", "careless", 1000, 64 * 1024).encode(frames);
            byte[] route = request().route().toBytes();
            Frames.writeHeader(frames, FrameType.REQUEST, (byte) 0, 0, 1, 0, route.length, 3, 0);
            frames.writeBytes(route).writeBytes(new byte[3]);
            Frames.writeHeader(frames, FrameType.REQUEST, (byte) 0, 0, 2, 0, route.length, 0, 0);
            frames.writeBytes(route);
            socket.getOutputStream().write(ByteBufUtil.getBytes(frames));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            in.readNBytes(in.readInt());

            byte[] refusal = in.readNBytes(in.readInt());
            assertThat(refusal[0]).isEqualTo(FrameType.REFUSAL);
            assertThat(Status.of(refusal[2])).isEqualTo(Status.INVALID_ARGUMENT);
            assertThat(in.readNBytes(in.readInt())[0]).as("the link stays").isEqualTo(FrameType.RESPONSE);
        }
        assertThat(server.inFlight()).isZero();
    }

    @Test
    void aGoAwayWithTheHighestIdTakesNoCallBack() throws Exception {
        try (Gateway gateway = new Gateway()) {
            CallClient client = client(gateway.port());
            CompletableFuture<Reply> reply = client.call(request());
            gateway.awaitRequests(1);

            ByteBuf frames = Unpooled.buffer();
            Frames.writeStatus(frames, FrameType.GOAWAY, Status.OK, Long.MAX_VALUE, 0, "soon");
            Frames.writeBare(frames, FrameType.RESPONSE, 1);
            gateway.send(frames);

            assertThat(reply.join().payload()).isEmpty();
            assertThat(client.lateReplies()).isZero();
        }
    }

    @Test
    void aServerIsNotDrainedBeforeItsLinksHaveSaidSo() throws Exception {
        CallServer server = server(call -> call.reply(new byte[0]));
        CallClient client = client(server.port());
        client.call(request()).join();
        CountDownLatch held = new CountDownLatch(1);
        transport.next().execute(() -> join(held));
        CompletableFuture<Boolean> drained = new CompletableFuture<>();

        Thread draining = Thread.ofPlatform().start(() -> {
            try {
                drained.complete(server.drain(TIMEOUT, "test"));
            } catch (InterruptedException e) {
                drained.completeExceptionally(e);
            }
        });

        await().until(() -> switch (draining.getState()) {
            case WAITING, TIMED_WAITING, TERMINATED -> true;
            default -> false;
        });
        assertThat(drained).as("a call may still be taken").isNotDone();
        held.countDown();
        assertThat(drained).succeedsWithin(SOON).isEqualTo(true);
    }

    @Test
    void aDrainedServerIsNotResetForWhoStillWrites() throws Exception {
        CallServer server = server(call -> call.reply(new byte[0]));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20_000);
            ByteBuf hello = Unpooled.buffer();
            Hello.of("gateway", "busy", 1000, 64 * 1024).encode(hello);
            socket.getOutputStream().write(ByteBufUtil.getBytes(hello));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            in.readNBytes(in.readInt());
            CountDownLatch held = new CountDownLatch(1);
            transport.next().execute(() -> join(held));
            CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> {
                try {
                    return server.drain(TIMEOUT, "test");
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            await().until(server::closing);
            ByteBuf ping = Unpooled.buffer();
            Frames.writeBare(ping, FrameType.PING, 1);
            socket.getOutputStream().write(ByteBufUtil.getBytes(ping));
            held.countDown();

            byte[] frame = in.readNBytes(in.readInt());
            assertThat(frame[0]).isEqualTo(FrameType.GOAWAY);
            socket.getOutputStream().write(ByteBufUtil.getBytes(ping));
            assertThat(in.read()).as("the end, not a reset").isEqualTo(-1);
            socket.shutdownOutput();
            assertThat(drained).succeedsWithin(SOON).isEqualTo(true);
        }
    }

    private static void join(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One written with nothing but a socket, for one connection.
    private static final class Gateway implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private Socket socket;

        Gateway() throws IOException {}

        int port() {
            return listening.getLocalPort();
        }

        void awaitRequests(int requests) throws IOException {
            if (socket == null) {
                socket = listening.accept();
                ByteBuf hello = Unpooled.buffer();
                Hello.of("gateway", "odd", 1000, 64 * 1024).encode(hello);
                send(hello);
            }
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int seen = 0; seen < requests; ) {
                byte[] frame = in.readNBytes(in.readInt());
                seen += frame[0] == FrameType.REQUEST ? 1 : 0;
            }
        }

        void send(ByteBuf frames) throws IOException {
            socket.getOutputStream().write(ByteBufUtil.getBytes(frames));
        }

        @Override
        public void close() throws IOException {
            listening.close();
            if (socket != null) {
                socket.close();
            }
        }
    }
}
