package io.fairlead.registry;

import static io.fairlead.registry.RegistryFixture.call;
import static io.fairlead.registry.RegistryFixture.failure;
import static io.fairlead.registry.RegistryFixture.worker;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.link.call.CallClient;
import io.fairlead.link.call.CallException;
import io.fairlead.link.discovery.DiscoveryJson;
import io.fairlead.link.discovery.Instance;
import io.fairlead.link.discovery.InstanceState;
import io.fairlead.link.discovery.MethodOffer;
import io.fairlead.link.discovery.RegistryApi;
import io.fairlead.link.discovery.RegistryApi.LeaseTerms;
import io.fairlead.link.discovery.RegistryApi.Leaving;
import io.fairlead.link.discovery.RegistryApi.Renewal;
import io.fairlead.link.discovery.ServiceOffer;
import io.fairlead.registry.lease.Lease;
import io.fairlead.wire.Metadata;
import io.fairlead.wire.Route;
import io.fairlead.wire.Status;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RegistryCallsTests {
    private final RegistryFixture fixture = new RegistryFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    @Test
    void registersRenewsAndLeaves() throws Exception {
        RegistryServer registry = fixture.registry("lease", "10s", "renew", "3s");
        CallClient client = fixture.client(registry);
        assertThat(terms(call(client, RegistryApi.REGISTER, worker("w", 5)).payload()))
                .isEqualTo(new LeaseTerms(10_000, 3_000));
        assertThat(terms(call(client, RegistryApi.RENEW, new Renewal("w", 5, 1, InstanceState.DRAINING, 70, 7))
                        .payload()))
                .isEqualTo(new LeaseTerms(10_000, 3_000));
        assertThat(registry.leases(1_000))
                .extracting(Lease::instance)
                .containsExactly(
                        worker("w", 5).changed(1, InstanceState.DRAINING, 70).withInFlight(7));
        assertThat(call(client, RegistryApi.LEAVE, new Leaving("w", 5)).payload())
                .isEqualTo("{}".getBytes(UTF_8));
        assertThat(registry.leases(1_000)).isEmpty();
    }

    @Test
    void asksALargeFleetToRenewMoreRarely() throws Exception {
        CallClient client = fixture.client(fixture.registry("lease", "10s", "renew", "3s", "max-renewals", "1"));
        for (String name : List.of("a", "b", "c")) {
            assertThat(terms(call(client, RegistryApi.REGISTER, worker(name, 1)).payload()))
                    .isEqualTo(new LeaseTerms(10_000, 3_000));
        }
        call(client, RegistryApi.REGISTER, worker("d", 1));
        assertThat(terms(call(client, RegistryApi.RENEW, new Renewal("a", 1, 0, null, 0, 0))
                        .payload()))
                .isEqualTo(new LeaseTerms(15_000, 4_500));
    }

    @Test
    void refusesALowerEpochAndNamesTheHighest() throws Exception {
        CallClient client = fixture.client(fixture.registry());
        call(client, RegistryApi.REGISTER, worker("w", 6));
        CallException failure = failure(client, RegistryApi.REGISTER, worker("w", 5));
        assertThat(failure.status()).isEqualTo(Status.FAILED_PRECONDITION);
        assertThat(failure.metadata().get(Metadata.HIGHEST_EPOCH)).isEqualTo("6");
    }

    @Test
    void answersARenewalOfAnUnknownInstanceWithNotFound() throws Exception {
        CallClient client = fixture.client(fixture.registry());
        assertThat(failure(client, RegistryApi.RENEW, new Renewal("w", 5, 0, null, 0, 0))
                        .status())
                .isEqualTo(Status.NOT_FOUND);
    }

    @Test
    void namesValueAndLimitOfAWrongArgument() throws Exception {
        CallClient client = fixture.client(fixture.registry("max-methods", "2", "max-registration-size", "1KB"));
        invalid(client, RegistryApi.REGISTER, "{\"instance\":", "malformed JSON");
        invalid(client, RegistryApi.REGISTER, "", "payload");
        invalid(client, RegistryApi.RENEW, "[]", "malformed JSON");
        invalid(client, RegistryApi.LEAVE, "{\"instance\":\"w\",\"epoch\":-1}", "epoch: -1 (expected: 1 to ");
        invalid(client, RegistryApi.REGISTER, json(worker("w", 0)), "epoch: 0 (expected: at least 1)");
        invalid(
                client,
                RegistryApi.REGISTER,
                json(worker("w", 1)).replace("\"weight\":100", "\"weight\":0"),
                "weight: 0 (expected: 1 to 1000)");
        invalid(
                client,
                RegistryApi.REGISTER,
                json(worker("w", 1)).replace("\"w\"", "\"" + "w".repeat(129) + "\""),
                "129 characters (expected: 1 to 128 characters)");
        invalid(
                client,
                RegistryApi.REGISTER,
                json(offering(3)),
                "services: 1 with 3 methods (expected: at most 2, fairlead.registry.max-methods)");
        invalid(
                client,
                RegistryApi.REGISTER,
                " ".repeat(1_025),
                "payload: 1025 bytes (expected: at most 1024, fairlead.registry.max-registration-size)");
        call(client, RegistryApi.REGISTER, offering(2));
    }

    @Test
    void refusesMoreInstancesThanTheLimit() throws Exception {
        CallClient client = fixture.client(fixture.registry("max-instances", "1"));
        call(client, RegistryApi.REGISTER, worker("a", 1));
        CallException failure = failure(client, RegistryApi.REGISTER, worker("b", 1));
        assertThat(failure.status()).isEqualTo(Status.RESOURCE_EXHAUSTED);
        assertThat(failure).hasMessageContaining("instances: 1, the limit (fairlead.registry.max-instances)");
        assertThat(failure.retryAfter()).isPositive();
    }

    @Test
    void aLeaseOutlivesItsLinkAndIsTakenOverByAnotherLink() throws Exception {
        RegistryServer registry = fixture.registry("lease", "2s");
        CallClient first = fixture.client(registry);
        call(first, RegistryApi.REGISTER, worker("w", 1));
        first.close();
        await().until(() -> registry.links() == 0);
        assertThat(registry.leases(1_000)).hasSize(1);
        CallClient second = fixture.client(registry);
        call(second, RegistryApi.REGISTER, worker("w", 1));
        assertThat(registry.leases(1_000)).hasSize(1);
        await().until(() -> registry.leases(1_000).isEmpty());
    }

    @Test
    void doesNotKnowOtherMethods() throws Exception {
        CallClient client = fixture.client(fixture.registry());
        assertThat(failure(client, Route.parse("fairlead.registry/dance"), new byte[0])
                        .status())
                .isEqualTo(Status.UNIMPLEMENTED);
    }

    @Test
    void sumsUpWhatItLists() throws Exception {
        RegistryServer registry = fixture.registry("lease", "1s");
        CallClient client = fixture.client(registry);
        assertThat(registry.summary().warming()).isTrue();
        call(client, RegistryApi.REGISTER, worker("a", 1));
        call(client, RegistryApi.REGISTER, worker("b", 1).changed(0, InstanceState.DRAINING, 100));
        await().until(() -> registry.summary().byService().size() == 2);
        assertThat(registry.summary().instances()).isEqualTo(2);
        await().until(() -> !registry.summary().warming());
    }

    private static Instance offering(int methods) {
        List<MethodOffer> offers = IntStream.range(0, methods)
                .mapToObj(i -> new MethodOffer("m" + i, false, false))
                .toList();
        return new Instance("w", 1, "h", 1, "", 1, 1, InstanceState.UP, 0, List.of(new ServiceOffer("s", offers)));
    }

    private static void invalid(CallClient client, Route route, String payload, String message) throws Exception {
        CallException failure = failure(client, route, payload.getBytes(UTF_8));
        assertThat(failure.status()).as(payload).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(failure).hasMessageContaining(message);
    }

    private static String json(Object value) {
        return new String(DiscoveryJson.write(value), UTF_8);
    }

    private static LeaseTerms terms(byte[] payload) {
        return DiscoveryJson.read(payload, LeaseTerms.class);
    }
}
