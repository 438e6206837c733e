package io.fairlead.registry;

import static io.fairlead.registry.RegistryFixture.LINKS;
import static io.fairlead.registry.RegistryFixture.address;
import static io.fairlead.registry.RegistryFixture.call;
import static io.fairlead.registry.RegistryFixture.worker;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.discovery.FleetWatch;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.Registration;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.RegistryView;
import io.fairlead.link.discovery.Wish;
import io.fairlead.registry.wish.WishOutcome;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/// An admin's wishes over real links to real registrations.
@ExtendWith(OutputCaptureExtension.class)
class WishesTests {
    private final RegistryFixture fixture = new RegistryFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    @Test
    void anInstanceChangesAsWishedAndTellsEveryRegistry() throws Exception {
        RegistryServer one = fixture.registry("lease", "60s", "renew", "20s");
        RegistryServer two = fixture.registry("lease", "60s", "renew", "20s");
        Registration registration = register("w", one, two);
        assertThat(told(one, "w", new Wish.Drain())).isInstanceOf(WishOutcome.Fulfilled.class);
        assertThat(registration.isDrainedByWish()).isTrue();
        await().until(() -> only(two).state() == InstanceState.DRAINING);

        assertThat(told(two, "w", new Wish.Weight(7))).isInstanceOf(WishOutcome.Fulfilled.class);
        await().until(() -> only(one).weight() == 7);
        assertThat(only(one).state()).isEqualTo(InstanceState.DRAINING);

        assertThat(told(two, "w", new Wish.Resume())).isInstanceOf(WishOutcome.Fulfilled.class);
        await().until(() -> only(one).state() == InstanceState.UP);
        assertThat(only(one).revision()).isEqualTo(3);
        assertThat(registration.isDrainedByWish()).isFalse();
    }

    @Test
    void aGatewaySeesAResumedInstanceAlthoughOneRegistryHasMissedIt() throws Exception {
        RegistryServer one = fixture.registry();
        RegistryServer two = fixture.registry();
        register("w", one, two);
        FleetWatch watch = fixture.closing(
                new FleetWatch(fixture.transport, List.of(address(one), address(two)), LINKS, fleet -> {}),
                FleetWatch::close);
        watch.start();
        await().until(() -> watch.fleet().registries().stream().allMatch(RegistryView::connected));
        assertThat(told(one, "w", new Wish.Drain())).isInstanceOf(WishOutcome.Fulfilled.class);
        await().until(() -> watch.fleet().instances().getFirst().state() == InstanceState.DRAINING);
        two.stop();
        assertThat(told(one, "w", new Wish.Resume())).isInstanceOf(WishOutcome.Fulfilled.class);
        await().until(() -> watch.fleet().instances().getFirst().state() == InstanceState.UP);
    }

    @Test
    void aStreamOfWishesSurvivesTheRestartOfItsRegistry() throws Exception {
        RegistryServer first = fixture.registry();
        register("w", first);
        int port = first.port();
        first.stop();
        RegistryServer second = fixture.registry("port", Integer.toString(port));
        await().until(() -> !second.leases(1_000).isEmpty());
        assertThat(told(second, "w", new Wish.Drain())).isInstanceOf(WishOutcome.Fulfilled.class);
    }

    @Test
    void oneThatCannotBeToldIsSaid() throws Exception {
        RegistryServer registry = fixture.registry("lease", "60s");
        assertThat(registry.wish("nobody", new Wish.Drain(), 1_000)).isInstanceOf(WishOutcome.Unknown.class);
        call(fixture.client(registry), RegistryApi.REGISTER, worker("mute", 5));
        assertThat(registry.wish("mute", new Wish.Drain(), 1_000)).isInstanceOf(WishOutcome.Unreachable.class);
        Registration gone = register("gone", registry);
        told(registry, "gone", new Wish.Drain());
        call(
                fixture.client(registry),
                RegistryApi.REGISTER,
                worker("gone", gone.instance().epoch() + 1));
        assertThat(registry.wish("gone", new Wish.Resume(), 1_000))
                .as("the link belongs to an earlier incarnation")
                .isInstanceOf(WishOutcome.Unreachable.class);
    }

    @Test
    void aWishThatTheRegistryWasTooBusyForIsNotPassedOnLater() throws Exception {
        RegistryServer registry = fixture.registry("lease", "60s");
        register("w", registry);
        told(registry, "w", new Wish.Weight(70));
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        registry.onChange(summary -> {
            busy.countDown();
            try {
                free.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        call(fixture.client(registry), RegistryApi.REGISTER, worker("other", 5));
        busy.await();

        assertThatThrownBy(() -> registry.wish("w", new Wish.Drain(), 100)).isInstanceOf(TimeoutException.class);

        free.countDown();
        // Wishes arrive in their order: the drain would have come true before.
        WishOutcome next = told(registry, "w", new Wish.Weight(71));
        assertThat(next)
                .isInstanceOfSatisfying(
                        WishOutcome.Fulfilled.class,
                        fulfilled ->
                                assertThat(fulfilled.lease().instance().state()).isEqualTo(InstanceState.UP));
    }

    @Test
    void oneThatLeavesDoesNotComeBackByAWish() throws Exception {
        RegistryServer registry = fixture.registry("lease", "60s");
        Registration registration = register("w", registry);
        told(registry, "w", new Wish.Drain());
        registration.state(InstanceState.UP);
        await().until(() -> only(registry).state() == InstanceState.UP);
        registration.state(InstanceState.DRAINING);
        await().until(() -> only(registry).state() == InstanceState.DRAINING);
        assertThat(registry.wish("w", new Wish.Resume(), 300)).isInstanceOf(WishOutcome.Told.class);
        assertThat(only(registry).state()).isEqualTo(InstanceState.DRAINING);
    }

    @Test
    void anAdminDrainsResumesAndWeighsOverHttpAndEachWriteIsAudited(CapturedOutput output) throws Exception {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(RegistryApplication.class)
                .run(
                        "--server.port=0",
                        "--management.server.port=0",
                        "--fairlead.registry.port=0",
                        "--fairlead.admin.password=correct horse")) {
            RegistryServer registry = context.getBean(RegistryServer.class);
            register("w", registry);
            call(fixture.client(registry), RegistryApi.REGISTER, worker("mute", 5));
            told(registry, "w", new Wish.Resume());

            assertThat(post(context, "/admin/instances/w/drain", "", true))
                    .startsWith("200 ")
                    .contains("\"confirmed\":true", "\"state\":\"DRAINING\"", "\"name\":\"w\"");
            assertThat(post(context, "/admin/instances/w/weight", "{\"weight\":50}", true))
                    .startsWith("200 ")
                    .contains("\"weight\":50");
            assertThat(post(context, "/admin/instances/w/weight?value=60", "", true))
                    .startsWith("200 ")
                    .contains("\"weight\":60");
            assertThat(post(context, "/admin/instances/w/resume", "", true))
                    .startsWith("200 ")
                    .contains("\"state\":\"UP\"");
            assertThat(post(context, "/admin/instances/w/weight?value=1001", "", true))
                    .startsWith("400 ")
                    .contains("weight: 1001 (expected: 1 to 1000)");
            assertThat(post(context, "/admin/instances/w/weight", "", true))
                    .startsWith("400 ")
                    .contains("weight: missing");
            assertThat(post(context, "/admin/instances/nobody/drain", "", true))
                    .startsWith("404 ")
                    .contains("'nobody' is not listed");
            assertThat(post(context, "/admin/instances/mute/drain", "", true))
                    .startsWith("409 ")
                    .contains("ask another registry");
            assertThat(post(context, "/admin/instances/w/drain", "", false)).startsWith("401 ");
            assertThat(registry.leases(1_000))
                    .noneMatch(lease -> lease.instance().state() == InstanceState.DRAINING);
            assertThat(output)
                    .contains("what=drain-instance object=\"w\" outcome=\"drain: confirmed by the instance\"")
                    .contains("what=weigh-instance object=\"w\" outcome=\"weight 50: confirmed by the instance\"")
                    .contains("what=resume-instance object=\"w\"")
                    .contains(
                            "what=drain-instance object=\"mute\" outcome=\"drain: not told, it has no link to this registry\"")
                    .contains("what=drain-instance object=\"nobody\" outcome=\"drain: no such instance\"");
        }
    }

    private static String post(ConfigurableApplicationContext context, String path, String body, boolean admin)
            throws Exception {
        int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .header("Content-Type", "application/json");
        if (admin) {
            String account = Base64.getEncoder().encodeToString("admin:correct horse".getBytes(UTF_8));
            request.header("Authorization", "Basic " + account);
        }
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        }
    }

    /// Tells it as soon as it listens.
    private static WishOutcome told(RegistryServer registry, String name, Wish wish) {
        return await().until(
                        () -> registry.wish(name, wish, 5_000),
                        outcome -> !(outcome instanceof WishOutcome.Unreachable));
    }

    private Registration register(String name, RegistryServer... registries) {
        Registration registration = fixture.closing(
                new Registration(
                        fixture.transport,
                        Stream.of(registries).map(RegistryFixture::address).toList(),
                        LINKS,
                        worker(name, 0),
                        () -> 0,
                        new Random(1),
                        InstantSource.system()),
                Registration::close);
        registration.start();
        await().until(() -> registration.registries().stream().allMatch(status -> status.registered()));
        return registration;
    }

    private static Instance only(RegistryServer registry) throws Exception {
        return registry.leases(1_000).getFirst().instance();
    }
}
