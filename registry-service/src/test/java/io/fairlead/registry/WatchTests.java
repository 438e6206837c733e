package io.fairlead.registry;

import static io.fairlead.registry.RegistryFixture.call;
import static io.fairlead.registry.RegistryFixture.worker;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.call.Reply;
import io.fairlead.link.call.Request;
import io.fairlead.link.call.StreamObserver;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.RegistryApi.Delta;
import io.fairlead.link.discovery.RegistryApi.Digest;
import io.fairlead.link.discovery.RegistryApi.Gone;
import io.fairlead.link.discovery.RegistryApi.GoneReason;
import io.fairlead.link.discovery.RegistryApi.Leaving;
import io.fairlead.link.discovery.RegistryApi.Snapshot;
import io.fairlead.link.discovery.RegistryApi.View;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Status;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchTests {
    private final RegistryFixture fixture = new RegistryFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    @Test
    void beginsWithASnapshotAndGoesOnWithDeltas() throws Exception {
        RegistryServer registry = fixture.registry("lease", "10s", "renew", "3s");
        CallClient client = fixture.client(registry);
        call(client, RegistryApi.REGISTER, worker("a", 1));
        Watch watch = watch(client);
        await().until(() -> watch.views.size() == 1);
        call(client, RegistryApi.REGISTER, worker("b", 1));
        call(client, RegistryApi.REGISTER, worker("a", 2));
        call(client, RegistryApi.LEAVE, new Leaving("b", 1));
        await().until(() -> watch.views.size() == 4);
        assertThat(watch.views)
                .containsExactly(
                        new Snapshot("registry-test", 2, true, true, List.of(worker("a", 1))),
                        new Delta("registry-test", 3, List.of(worker("b", 1)), List.of()),
                        new Delta(
                                "registry-test",
                                4,
                                List.of(worker("a", 2)),
                                List.of(new Gone("a", 1, GoneReason.REPLACED))),
                        new Delta("registry-test", 5, List.of(), List.of(new Gone("b", 1, GoneReason.LEFT))));
    }

    @Test
    void tellsWhichGatewaysWatch() throws Exception {
        RegistryServer registry = fixture.registry();
        Watch one = watch(fixture.client(registry, LinkSettings.of("gateway", "gateway-1")));
        Watch other = watch(fixture.client(registry, LinkSettings.of("gateway", "gateway-2")));
        watch(fixture.client(registry));

        for (Watch watch : List.of(one, other)) {
            await().until(() -> watch.views.stream()
                    .anyMatch(view -> view instanceof Digest digest
                            && digest.gateways().equals(List.of("gateway-1", "gateway-2"))));
        }
    }

    @Test
    void aGatewayThatComesBackHearsAtOnceWhichGatewaysWatch() throws Exception {
        RegistryServer registry = fixture.registry("lease", "60s", "renew", "3s", "digest", "60s");
        CallClient first = fixture.client(registry, LinkSettings.of("gateway", "gateway-1"));
        Watch before = watch(first);
        await().until(() -> before.views.stream().anyMatch(Digest.class::isInstance));

        first.close();
        Watch after = watch(fixture.client(registry, LinkSettings.of("gateway", "gateway-1")));

        await().until(() -> after.views.size() == 2);
        assertThat(after.views.getFirst()).isInstanceOf(Snapshot.class);
        assertThat(after.views.getLast()).isEqualTo(new Digest("registry-test", 1, true, 0, List.of("gateway-1")));
    }

    @Test
    void tellsOfExpiryAndSendsDigestsAndThatTheWarmingIsOver() throws Exception {
        RegistryServer registry = fixture.registry("digest", "400ms");
        CallClient client = fixture.client(registry);
        Watch watch = watch(client);
        call(client, RegistryApi.REGISTER, worker("a", 1));
        await().until(() -> watch.views.stream()
                .anyMatch(view -> view instanceof Delta delta
                        && delta.gone().equals(List.of(new Gone("a", 1, GoneReason.EXPIRED)))));
        await().until(() -> watch.views.contains(new Digest("registry-test", 3, true, 0))
                || watch.views.contains(new Digest("registry-test", 3, false, 0)));
        await().until(() -> watch.views.contains(new Digest("registry-test", 3, false, 0)));
    }

    @Test
    void everyWatcherSeesTheSameWorldInOrderUnderConcurrentChange() throws Exception {
        RegistryServer registry = fixture.registry("lease", "60s", "renew", "3s");
        List<Watch> watches = new ArrayList<>();
        int threads = 4;
        int rounds = 100;
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                CallClient client = fixture.client(registry);
                String name = "w" + t;
                done.add(workers.submit(() -> {
                    for (int epoch = 1; epoch <= rounds; epoch++) {
                        call(client, RegistryApi.REGISTER, worker(name, epoch));
                        call(client, RegistryApi.REGISTER, worker(name + "-" + epoch % 7, epoch));
                        if (epoch % 3 == 0) {
                            call(client, RegistryApi.LEAVE, new Leaving(name, epoch));
                        }
                    }
                    return null;
                }));
                // Watches begin in the middle of it.
                watches.add(watch(fixture.client(registry)));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }
        Map<String, Long> truth = new HashMap<>();
        registry.leases(1_000)
                .forEach(lease ->
                        truth.put(lease.instance().instance(), lease.instance().epoch()));
        assertThat(truth).hasSize(threads * 8);
        for (Watch watch : watches) {
            await().untilAsserted(() -> assertThat(watch.replayed()).isEqualTo(truth));
        }
    }

    @Test
    void aLargeSnapshotComesInPartsOfFiveHundred() throws Exception {
        RegistryServer registry = fixture.registry("lease", "60s", "renew", "3s");
        CallClient client = fixture.client(registry);
        List<CompletableFuture<Reply>> calls = new ArrayList<>();
        for (int i = 0; i < 1_000; i += 500) {
            for (int j = 0; j < 500; j++) {
                calls.add(client.call(new Request(
                        RegistryApi.REGISTER,
                        Metadata.EMPTY,
                        DiscoveryJson.write(worker("w" + (i + j), 1)),
                        Duration.ofSeconds(10))));
            }
            for (var call : calls) {
                call.get();
            }
        }
        call(client, RegistryApi.REGISTER, worker("last", 1));
        Watch watch = watch(client);
        await().until(() -> watch.views.size() == 3);
        assertThat(watch.views)
                .extracting(view -> ((Snapshot) view).instances().size(), view -> ((Snapshot) view).last())
                .containsExactly(tuple(500, false), tuple(500, false), tuple(1, true));
    }

    @Test
    void refusesMoreWatchersThanTheLimitUntilOneEnds() throws Exception {
        RegistryServer registry = fixture.registry("max-watchers", "1");
        CallClient client = fixture.client(registry);
        Watch first = watch(client);
        await().until(() -> first.views.size() == 1);
        Watch second = watch(client);
        await().until(() -> !second.failures.isEmpty());
        assertThat(second.failures.getFirst().status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(second.failures.getFirst())
                .hasMessageContaining("watchers: 1, the limit (fairlead.registry.max-watchers)");
        first.cancellation.cancel();
        await().until(() -> registry.summary().watchers() == 0);
        Watch third = watch(client);
        await().until(() -> third.views.size() == 1);
        assertThat(registry.links()).isOne();
    }

    @Test
    void aWatcherThatDoesNotReadLosesItsOwnLinkOnly() throws Exception {
        RegistryServer registry = fixture.registry("lease", "60s", "renew", "3s", "max-registration-size", "1MB");
        CallClient client = fixture.client(registry);
        Watch reading = watch(client);
        try (Socket silent = new Socket("127.0.0.1", registry.port())) {
            silent.setReceiveBufferSize(4_096);
            silent.getOutputStream().write(helloAndWatch());
            await().until(() -> registry.summary().watchers() == 2);
            Instance large = large();
            for (int epoch = 1; epoch <= 200 && registry.summary().watchers() == 2; epoch++) {
                call(client, RegistryApi.REGISTER, large.withEpoch(epoch));
            }
            await().until(() -> registry.summary().watchers() == 1);
            assertThat(registry.links()).isOne();
        }
        call(client, RegistryApi.REGISTER, worker("after", 1));
        await().until(() -> reading.replayed().containsKey("after"));
    }

    @Test
    void aStopSaysGoAwayAndEndsTheLinks() throws Exception {
        RegistryServer registry = fixture.registry();
        try (Socket socket = new Socket("127.0.0.1", registry.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(helloAndWatch());
            await().until(() -> registry.summary().watchers() == 1);
            long before = System.nanoTime();
            registry.stop();
            assertThat(System.nanoTime() - before)
                    .isLessThan(Duration.ofSeconds(2).toNanos());
            InputStream in = socket.getInputStream();
            List<Integer> types = new ArrayList<>();
            byte[] all = in.readAllBytes();
            ByteBuffer bytes = ByteBuffer.wrap(all);
            while (bytes.hasRemaining()) {
                int length = bytes.getInt();
                types.add((int) bytes.get());
                bytes.position(bytes.position() + length - 1);
            }
            assertThat(types).startsWith(1, 6).contains(4).contains(7);
        }
        assertThat(registry.isRunning()).isFalse();
    }

    /// HELLO without metadata, then `fairlead.registry/watch` with id 1.
    private static byte[] helloAndWatch() {
        byte[] route = "fairlead.registry/watch".getBytes(UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(24 + 24 + route.length + 2);
        bytes.putInt(20).put((byte) 1).put((byte) 0).put((byte) 1).put((byte) 1);
        bytes.putLong(0).putInt(60_000).putInt(0);
        bytes.putInt(20 + route.length + 2).putInt(0x05000000).putLong(1).putInt(0);
        bytes.putShort((short) route.length).putShort((short) 0).put(route).put("{}".getBytes(UTF_8));
        return bytes.array();
    }

    private static Instance large() {
        List<MethodOffer> methods = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            methods.add(new MethodOffer("m".repeat(200) + i, false, false));
        }
        return new Instance("large", 1, "h", 1, "", 1, 1, InstanceState.UP, 0, List.of(new ServiceOffer("s", methods)));
    }

    private static Watch watch(CallClient client) {
        Watch watch = new Watch();
        watch.cancellation = client.call(
                new Request(RegistryApi.WATCH, Metadata.EMPTY, "{}".getBytes(UTF_8), Request.NO_TIMEOUT), watch);
        return watch;
    }

    private static final class Watch implements StreamObserver {
        final List<View> views = new CopyOnWriteArrayList<>();
        final List<CallException> failures = new CopyOnWriteArrayList<>();
        CallClient.Cancellation cancellation;

        @Override
        public void part(Reply part) {
            views.add(DiscoveryJson.readView(part.payload()));
        }

        @Override
        public void reply(Reply reply) {
            throw new AssertionError("a watch has no end");
        }

        @Override
        public void failed(CallException failure) {
            failures.add(failure);
        }

        /// What the views add up to; checks their versions.
        Map<String, Long> replayed() {
            Map<String, Long> world = new HashMap<>();
            long version = 0;
            for (View view : views) {
                switch (view) {
                    case Snapshot snapshot -> {
                        version = snapshot.version();
                        snapshot.instances().forEach(i -> world.put(i.instance(), i.epoch()));
                    }
                    case Delta delta -> {
                        assertThat(delta.version()).isEqualTo(++version);
                        delta.gone()
                                .forEach(gone -> assertThat(world.remove(gone.instance()))
                                        .isEqualTo(gone.epoch()));
                        delta.up().forEach(i -> world.put(i.instance(), i.epoch()));
                    }
                    case Digest digest -> {
                        assertThat(digest.version()).isEqualTo(version);
                        assertThat(digest.instances()).isEqualTo(world.size());
                    }
                }
            }
            return world;
        }
    }
}
