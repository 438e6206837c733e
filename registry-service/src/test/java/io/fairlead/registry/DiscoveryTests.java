package io.fairlead.registry;

import static io.fairlead.registry.RegistryFixture.LINKS;
import static io.fairlead.registry.RegistryFixture.address;
import static io.fairlead.registry.RegistryFixture.call;
import static io.fairlead.registry.RegistryFixture.worker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.CallClient;
import io.fairlead.link.discovery.Fleet;
import io.fairlead.link.discovery.FleetWatch;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.Registration;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.RegistryStatus;
import io.fairlead.link.discovery.RegistryView;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Registrations and watches against real registries, which come and go.
class DiscoveryTests {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final long EPOCH_NOW = NOW.toEpochMilli() * 1_000;

    private final RegistryFixture fixture = new RegistryFixture();
    private final AtomicInteger inFlight = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    @Test
    void registersWithEveryRegistryAndRenews() throws Exception {
        RegistryServer one = fixture.registry();
        RegistryServer two = fixture.registry();
        Registration registration = register("w", 0, one, two);
        awaitListed(one, "w");
        awaitListed(two, "w");
        assertThat(registration.instance().epoch()).isBetween(EPOCH_NOW, EPOCH_NOW + 999);
        inFlight.set(5);
        await().until(() -> listed(one).getFirst().inFlight() == 5);
        // Longer than a lease: renewals keep it.
        await().during(Duration.ofMillis(900))
                .until(() -> listed(one).size() == 1 && listed(two).size() == 1);
        assertThat(registration.registries())
                .extracting(RegistryStatus::registered)
                .containsExactly(true, true);
        assertThat(registration.registries())
                .extracting(RegistryStatus::lastError)
                .containsExactly("", "");
    }

    @Test
    void tellsEveryRegistryOfItsStateAtOnceAndLeaves() throws Exception {
        RegistryServer one = fixture.registry("lease", "60s", "renew", "20s");
        RegistryServer two = fixture.registry("lease", "60s", "renew", "20s");
        Registration registration = register("w", 0, one, two);
        awaitListed(one, "w");
        awaitListed(two, "w");
        registration.state(InstanceState.DRAINING);
        await().atMost(Duration.ofSeconds(2))
                .until(() -> Stream.of(one, two)
                        .allMatch(registry -> listed(registry).getFirst().state() == InstanceState.DRAINING));
        registration.close();
        assertThat(listed(one)).isEmpty();
        assertThat(listed(two)).isEmpty();
    }

    @Test
    void registersAgainAfterARegistryRestarted() throws Exception {
        RegistryServer first = fixture.registry();
        Registration registration = register("w", 0, first);
        awaitListed(first, "w");
        int port = first.port();
        first.stop();
        await().until(() -> !registration.registries().getFirst().registered());
        assertThat(registration.registries().getFirst().lastError()).isNotEmpty();
        RegistryServer second = fixture.registry("port", Integer.toString(port));
        awaitListed(second, "w");
        await().until(() -> registration.registries().getFirst().registered());
    }

    @Test
    void registersWithTheOthersWhileOneRegistryIsDown() throws Exception {
        RegistryServer up = fixture.registry();
        RegistryServer down = fixture.registry();
        int port = down.port();
        down.stop();
        Registration registration =
                registration("w", 0, List.of(address(up), InetSocketAddress.createUnresolved("127.0.0.1", port)));
        registration.start();
        awaitListed(up, "w");
        // The registry lists it before its answer is here.
        await().untilAsserted(() -> {
            assertThat(registration.registries())
                    .extracting(RegistryStatus::registered)
                    .containsExactly(true, false);
            assertThat(registration.registries().get(1).lastError()).contains("CONNECT_FAILED");
        });
    }

    @Test
    void raisesItsEpochAboveTheHighestThatAnyRegistryKnows() throws Exception {
        RegistryServer one = fixture.registry();
        RegistryServer two = fixture.registry("lease", "60s");
        long future = EPOCH_NOW + 5_000_000;
        // An earlier incarnation, from before the clock went back.
        call(fixture.client(two), RegistryApi.REGISTER, worker("w", future));
        Registration registration = register("w", 0, one, two);
        await().until(() -> Stream.of(one, two)
                .allMatch(registry -> listed(registry).stream().anyMatch(instance -> instance.epoch() == future + 1)));
        assertThat(registration.instance().epoch()).isEqualTo(future + 1);
    }

    @Test
    void doesNotFightForItsNameWithAProcessThatTookItOver() throws Exception {
        RegistryServer registry = fixture.registry();
        Registration old = register("w", 100, registry);
        awaitListed(registry, "w");
        Registration young = register("w", 200, registry);
        await().until(() -> !old.registries().getFirst().registered());
        assertThat(old.registries().getFirst().lastError()).contains("a later incarnation");
        await().during(Duration.ofMillis(900))
                .until(() -> listed(registry).getFirst().epoch() == 200);
        assertThat(young.registries().getFirst().registered()).isTrue();
        assertThat(old.instance().epoch()).isEqualTo(100);
        old.close();
        assertThat(listed(registry)).as("its leave does not touch the other").hasSize(1);
    }

    @Test
    void watchesTheUnionAsItComesAndGoes() throws Exception {
        RegistryServer one = fixture.registry();
        RegistryServer two = fixture.registry();
        CallClient toOne = fixture.client(one);
        List<Fleet> heard = new CopyOnWriteArrayList<>();
        FleetWatch watch = watch(heard, one, two);
        await().until(() -> watch.fleet().registries().stream().allMatch(RegistryView::connected));
        assertThat(watch.fleet().seenAny()).isTrue();
        Registration both = register("both", 0, one, two);
        call(toOne, RegistryApi.REGISTER, worker("only-one", 1));
        await().until(() -> names(watch).equals(List.of("both", "only-one")));
        both.state(InstanceState.DRAINING);
        await().until(() -> watch.fleet().instances().getFirst().state() == InstanceState.DRAINING);
        both.close();
        await().until(() -> !names(watch).contains("both"));
        assertThat(heard.getLast()).isEqualTo(watch.fleet());
    }

    @Test
    void aRegistryThatRestartsEmptyRemovesNobody() throws Exception {
        RegistryServer one = fixture.registry("lease", "60s", "renew", "20s");
        CallClient client = fixture.client(one);
        for (int i = 0; i < 5; i++) {
            call(client, RegistryApi.REGISTER, worker("w" + i, 1));
        }
        FleetWatch watch = watch(new CopyOnWriteArrayList<>(), one);
        await().until(() -> names(watch).size() == 5);
        int port = one.port();
        client.close();
        one.stop();
        await().until(() -> !watch.fleet().registries().getFirst().connected());
        assertThat(names(watch)).hasSize(5);
        // Short leases: its warming is soon over.
        fixture.registry("port", Integer.toString(port));
        await().until(() -> watch.fleet().registries().getFirst().connected());
        await().until(() -> !watch.fleet().registries().getFirst().warming());
        await().during(Duration.ofMillis(1_500)).until(() -> names(watch).size() == 5);
    }

    @Test
    void aRestartedRegistryIsFilledAgainAndThenRemovesThoseThatAreGone() throws Exception {
        RegistryServer one = fixture.registry();
        RegistryServer two = fixture.registry();
        int port = one.port();
        Registration stays = register("stays", 0, one, two);
        Registration also = register("stays-too", 0, one, two);
        Registration goes = register("goes", 0, one, two);
        FleetWatch watch = watch(new CopyOnWriteArrayList<>(), one, two);
        await().until(() -> names(watch).size() == 3);
        one.stop();
        RegistryServer again = fixture.registry("port", Integer.toString(port));
        await().until(() -> listed(again).size() == 3);
        assertThat(names(watch)).hasSize(3);
        goes.close();
        await().until(() -> names(watch).equals(List.of("stays", "stays-too")));
        await().until(() -> Stream.of(stays, also)
                .flatMap(registration -> registration.registries().stream())
                .allMatch(RegistryStatus::registered));
    }

    @Test
    void allRegistriesGoneLeaveTheFleetAsItWas() throws Exception {
        RegistryServer one = fixture.registry();
        RegistryServer two = fixture.registry();
        register("w", 0, one, two);
        FleetWatch watch = watch(new CopyOnWriteArrayList<>(), one, two);
        await().until(() -> names(watch).equals(List.of("w")));
        one.stop();
        two.stop();
        await().until(() -> watch.fleet().registries().stream().noneMatch(RegistryView::connected));
        await().during(Duration.ofMillis(1_200)).until(() -> names(watch).equals(List.of("w")));
        assertThat(watch.fleet().registries()).allMatch(view -> !view.trouble().isEmpty());
    }

    private Registration register(String name, long epoch, RegistryServer... registries) {
        Registration registration = registration(
                name, epoch, Stream.of(registries).map(RegistryFixture::address).toList());
        registration.start();
        return registration;
    }

    private Registration registration(String name, long epoch, List<InetSocketAddress> registries) {
        return fixture.closing(
                new Registration(
                        fixture.transport,
                        registries,
                        LINKS,
                        worker(name, epoch),
                        inFlight::get,
                        new Random(1),
                        InstantSource.fixed(NOW)),
                Registration::close);
    }

    private FleetWatch watch(List<Fleet> heard, RegistryServer... registries) {
        FleetWatch watch = fixture.closing(
                new FleetWatch(
                        fixture.transport,
                        Stream.of(registries).map(RegistryFixture::address).toList(),
                        LINKS,
                        heard::add),
                FleetWatch::close);
        watch.start();
        return watch;
    }

    private static List<String> names(FleetWatch watch) {
        return watch.fleet().instances().stream().map(Instance::instance).toList();
    }

    private static void awaitListed(RegistryServer registry, String name) {
        await().until(() -> listed(registry).stream()
                .anyMatch(instance -> instance.instance().equals(name)));
    }

    private static List<Instance> listed(RegistryServer registry) {
        try {
            return registry.leases(1_000).stream()
                    .map(lease -> lease.instance())
                    .toList();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
