package io.fairlead.gateway.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.integration.netty.NettyTransport;
import io.fairlead.link.LinkSettings;
import io.fairlead.link.call.CallHandler;
import io.fairlead.link.call.CallServer;
import io.fairlead.link.call.IncomingCall;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.FleetSource;
import io.fairlead.link.discovery.FleetWatch;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.SavedFleet;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.wire.Route;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.simple.InstanceProperties;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClient;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryProperties;

/// Sources beside registries, with workers that answer over real links.
class FleetSourcesTests {
    private static final LinkSettings LINKS =
            LinkSettings.of("gateway", "test").withHeartbeatInterval(Duration.ofMillis(100));

    private final NettyTransport transport = NettyTransport.create(2, "test");
    private final Deque<Runnable> resources = new ArrayDeque<>();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        resources.forEach(Runnable::run);
        transport.close();
    }

    /// A worker that says what it is, and nothing else.
    private final class FakeWorker {
        private final List<IncomingCall> asked = new CopyOnWriteArrayList<>();
        private final CallServer server;
        private volatile Instance instance;

        /// So many askers get nonsense first.
        private volatile int unreadable;

        FakeWorker(String name, long epoch, int port) {
            // What it advertises reaches nobody: who asks takes the address at which it asked.
            instance = new Instance(
                    name,
                    epoch,
                    "nowhere.test",
                    1,
                    "",
                    100,
                    8,
                    InstanceState.UP,
                    0,
                    List.of(new ServiceOffer("echo", List.of())));
            server = new CallServer(
                    transport,
                    "127.0.0.1",
                    port,
                    LinkSettings.of("worker", name),
                    Map.<Route, CallHandler>of(RegistryApi.OFFERS, call -> {
                        asked.add(call);
                        call.replyPart(asked.size() <= unreadable ? new byte[] {'{'} : DiscoveryJson.write(instance));
                    }),
                    100);
            server.start();
            resources.push(server::close);
        }

        void becomes(Instance changed) {
            instance = changed;
            asked.forEach(call -> call.replyPart(DiscoveryJson.write(changed)));
        }

        int port() {
            return server.port();
        }
    }

    private FleetWatch watch(FleetSource... sources) {
        return watch(null, sources);
    }

    private FleetWatch watch(@Nullable SavedFleet saved, FleetSource... sources) {
        FleetWatch watch = new FleetWatch(transport, List.of(), List.of(sources), LINKS, saved, fleet -> {});
        resources.push(watch::close);
        watch.start();
        return watch;
    }

    private FleetSource fixed(FakeWorker... workers) {
        return new StaticSource(
                transport,
                LINKS,
                List.of(workers).stream()
                        .map(worker -> new DiscoveryProperties.Address("127.0.0.1", worker.port()))
                        .toList());
    }

    private static List<String> names(FleetWatch watch) {
        return watch.fleet().instances().stream().map(Instance::instance).toList();
    }

    @Test
    void aStaticWorkerSaysItselfWhatItIs() {
        FakeWorker worker = new FakeWorker("w", 5, 0);
        FleetWatch watch = watch(fixed(worker));
        await().until(() -> names(watch).equals(List.of("w")));
        assertThat(watch.fleet().instances()).containsExactly(worker.instance.at("127.0.0.1", worker.port()));
        assertThat(watch.fleet().seenAny()).isTrue();
        worker.becomes(worker.instance.changed(1, InstanceState.DRAINING, 100));
        await().until(() -> watch.fleet().instances().getFirst().state() == InstanceState.DRAINING);
        worker.becomes(worker.instance.changed(2, InstanceState.UP, 7));
        await().until(() -> watch.fleet().instances().getFirst().weight() == 7);
    }

    @Test
    void aStaticWorkerThatIsGoneStaysListedUntilAnotherAnswersAtItsAddress() {
        FakeWorker worker = new FakeWorker("w", 5, 0);
        FakeWorker other = new FakeWorker("x", 5, 0);
        FleetWatch watch = watch(fixed(worker, other));
        await().until(() -> names(watch).equals(List.of("w", "x")));
        int port = worker.port();
        worker.server.close();
        await().during(Duration.ofMillis(500)).until(() -> names(watch).equals(List.of("w", "x")));
        new FakeWorker("w-2", 6, port);
        await().until(() -> names(watch).equals(List.of("w-2", "x")));
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aStaticWorkerThatCannotBeAskedIsNamedInTheLog(CapturedOutput output) {
        FakeWorker worker = new FakeWorker("w", 5, 0);
        int port = worker.port();
        FleetSource source = fixed(worker);
        worker.server.close();
        watch(source);
        await().until(() -> output.getAll().contains("The worker at 127.0.0.1:" + port + " does not say"));
    }

    @Test
    void twoSourcesOfOneWorkerMakeOneInstance() {
        FakeWorker worker = new FakeWorker("w", 5, 0);
        FleetSource byName = new StaticSource(
                transport, LINKS, List.of(new DiscoveryProperties.Address("localhost", worker.port())));
        FleetWatch watch = watch(fixed(worker), byName);
        await().until(() -> watch.fleet().registries().stream().allMatch(view -> view.instances() == 1));
        assertThat(names(watch)).containsExactly("w");
        String address = watch.fleet().instances().getFirst().address();
        await().during(Duration.ofMillis(300))
                .until(() -> watch.fleet().instances().getFirst().address().equals(address));
    }

    @Test
    void workersOfASimpleDiscoveryClientAreFoundByTheirPortKey() {
        FakeWorker worker = new FakeWorker("w", 5, 0);
        InstanceProperties listed = new InstanceProperties();
        listed.setInstanceId("id-1");
        listed.setServiceId("cards");
        listed.setHost("127.0.0.1");
        listed.setPort(8080);
        listed.setMetadata(Map.of("fairlead-port", Integer.toString(worker.port())));
        SimpleDiscoveryProperties properties = new SimpleDiscoveryProperties();
        properties.setInstances(Map.of("cards", List.of(listed)));
        FleetWatch watch = watch(new DiscoveryClientSource(
                transport, LINKS, new SimpleDiscoveryClient(properties), client(Duration.ofSeconds(1))));
        await().until(() -> names(watch).equals(List.of("w")));
        assertThat(watch.fleet().instances().getFirst().port()).isEqualTo(worker.port());
    }

    @Test
    void aDiscoveryClientThatFailsOrKnowsNobodyRemovesNobody() {
        FakeWorker one = new FakeWorker("one", 5, 0);
        FakeWorker two = new FakeWorker("two", 5, 0);
        Changing client = new Changing();
        client.ports = List.of(one.port(), two.port());
        FleetWatch watch = watch(new DiscoveryClientSource(transport, LINKS, client, client(Duration.ofSeconds(1))));
        await().until(() -> names(watch).equals(List.of("one", "two")));
        client.failure = new IllegalStateException("no consul today");
        await().until(() -> watch.fleet().registries().getFirst().trouble().contains("no consul today"));
        assertThat(names(watch)).containsExactly("one", "two");
        client.failure = null;
        client.ports = List.of();
        await().until(() -> watch.fleet().registries().getFirst().trouble().contains("knows nobody"));
        assertThat(names(watch)).containsExactly("one", "two");
        client.ports = List.of(two.port());
        await().until(() -> names(watch).equals(List.of("two")));
        assertThat(watch.fleet().registries().getFirst().connected()).isTrue();
    }

    @Test
    void aDiscoveryClientThatLacksAClassIsAskedAgain() {
        FakeWorker one = new FakeWorker("one", 5, 0);
        Changing client = new Changing();
        client.failure = new NoClassDefFoundError("no/such/Type");
        FleetWatch watch = watch(new DiscoveryClientSource(transport, LINKS, client, client(Duration.ofSeconds(1))));
        await().until(() -> watch.fleet().registries().getFirst().trouble().contains("no/such/Type"));
        client.ports = List.of(one.port());
        client.failure = null;
        await().until(() -> names(watch).equals(List.of("one")));
    }

    @Test
    void anInstanceWithoutAUsablePortHidesNoOther() {
        FakeWorker one = new FakeWorker("one", 5, 0);
        Changing client = new Changing();
        client.ports = List.of(-1, 0, one.port());
        FleetWatch watch = watch(new DiscoveryClientSource(transport, LINKS, client, client(Duration.ofSeconds(1))));
        await().until(() -> names(watch).equals(List.of("one")));
    }

    @Test
    void aWorkerThatOftenSaysWhatCannotBeReadIsHeardOnceItCan() {
        FakeWorker worker = new FakeWorker("w", 5, 0);
        worker.unreadable = 5;
        FleetWatch watch = watch(fixed(worker));
        await().atMost(Duration.ofSeconds(20)).until(() -> names(watch).equals(List.of("w")));
        assertThat(worker.server.inFlight()).as("streams that it keeps open").isEqualTo(1);
    }

    @Test
    void theServicesOfADiscoveryClientMayBeAListOrALine() {
        ApplicationContextRunner gateway = new ApplicationContextRunner()
                .withUserConfiguration(DiscoveryConfiguration.class)
                .withBean(NettyTransport.class, () -> transport, bean -> bean.setDestroyMethodName(""))
                .withBean(LinkSettings.class, () -> LINKS)
                .withBean(FleetWatch.class, () -> watch())
                .withBean(DiscoveryClient.class, Changing::new);
        String ids = "fairlead.gateway.discovery.discovery-client.service-ids";
        gateway.withPropertyValues(ids + "=cards,echo")
                .run(context -> assertThat(context).hasSingleBean(DiscoveryClientSource.class));
        gateway.withPropertyValues(ids + "[0]=cards", ids + "[1]=echo")
                .run(context -> assertThat(context).hasSingleBean(DiscoveryClientSource.class));
        gateway.run(context -> assertThat(context).doesNotHaveBean(FleetSource.class));
        gateway.withPropertyValues(ids + "=").run(context -> assertThat(context).doesNotHaveBean(FleetSource.class));
    }

    @Test
    void whatOneRunKnewTheNextBeginsWith() {
        FakeWorker worker = new FakeWorker("w", 5, 0);
        Path path = folder.resolve("view.json");
        Instant then = Instant.parse("2026-11-22T12:00:00Z");
        LastKnownView first = new LastKnownView(new ViewFile(path), InstantSource.fixed(then));
        resources.push(first::close);
        assertThat(first.loadedFrom()).isNull();
        FleetWatch before = first.follow((saved, changed) ->
                new FleetWatch(transport, List.of(), List.of(fixed(worker)), LINKS, saved, changed));
        resources.push(before::close);
        before.start();
        await().until(() -> new ViewFile(path)
                .load()
                .filter(saved -> saved.instances().size() == 1)
                .isPresent());
        int port = worker.port();
        worker.server.close();

        LastKnownView second =
                new LastKnownView(new ViewFile(path), InstantSource.fixed(then.plus(Duration.ofHours(1))));
        resources.push(second::close);
        List<Instance> heard = new CopyOnWriteArrayList<>();
        FleetWatch after = second.follow((saved, changed) -> new FleetWatch(
                transport,
                List.of(InetSocketAddress.createUnresolved("127.0.0.1", 1)),
                List.of(),
                LINKS,
                saved,
                fleet -> {
                    heard.addAll(fleet.instances());
                    changed.accept(fleet);
                }));
        resources.push(after::close);
        after.start();
        await().until(() -> !heard.isEmpty());
        assertThat(heard.getFirst()).isEqualTo(worker.instance.at("127.0.0.1", port));
        assertThat(after.fleet().unconfirmed()).isEqualTo(1);
        assertThat(second.loadedFrom()).isEqualTo(then);
        assertThat(second.age()).isEqualTo(Duration.ofHours(1));
    }

    private static DiscoveryProperties.Client client(Duration interval) {
        return new DiscoveryProperties.Client(List.of("cards"), interval, "fairlead-port");
    }

    private static final class Changing implements DiscoveryClient {
        private volatile List<Integer> ports = List.of();
        private volatile @Nullable Throwable failure;

        @Override
        public String description() {
            return "changing";
        }

        @Override
        public List<ServiceInstance> getInstances(String service) {
            switch (failure) {
                case null -> {}
                case Error error -> throw error;
                case Throwable other -> throw new IllegalStateException(other.getMessage());
            }
            return ports.stream()
                    .<ServiceInstance>map(
                            port -> new DefaultServiceInstance("id-" + port, service, "127.0.0.1", port, false))
                    .toList();
        }

        @Override
        public List<String> getServices() {
            return List.of("cards");
        }
    }
}
