package io.fairlead.link.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fairlead.link.discovery.RegistryApi.Delta;
import io.fairlead.link.discovery.RegistryApi.Digest;
import io.fairlead.link.discovery.RegistryApi.Gone;
import io.fairlead.link.discovery.RegistryApi.GoneReason;
import io.fairlead.link.discovery.RegistryApi.LeaseTerms;
import io.fairlead.link.discovery.RegistryApi.Leaving;
import io.fairlead.link.discovery.RegistryApi.Renewal;
import io.fairlead.link.discovery.RegistryApi.Snapshot;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiscoveryJsonTests {
    private static final String INSTANCE =
            "{\"instance\":\"worker-1\",\"epoch\":1795362542123456,\"revision\":2,\"host\":\"127.0.0.1\","
                    + "\"port\":7600,\"zone\":\"\",\"weight\":100,\"capacity\":256,\"state\":\"UP\",\"inFlight\":0,"
                    + "\"services\":[{\"name\":\"echo\",\"methods\":[{\"name\":\"upper\",\"idempotent\":true,\"once\":false,\"timeoutMillis\":2000}]}]}";

    private static final Instance WORKER = new Instance(
            "worker-1",
            1795362542123456L,
            2,
            "127.0.0.1",
            7600,
            "",
            100,
            256,
            InstanceState.UP,
            0,
            List.of(new ServiceOffer("echo", List.of(new MethodOffer("upper", true, false, 2000)))));

    @Test
    void writesAnInstanceAsTheProtocolShowsIt() {
        assertThat(json(WORKER)).isEqualTo(INSTANCE);
        assertThat(DiscoveryJson.read(bytes(INSTANCE), Instance.class)).isEqualTo(WORKER);
    }

    @Test
    void writesViewsAsTheProtocolShowsThem() {
        assertThat(json(new Snapshot("registry-1", 17, false, true, List.of(WORKER))))
                .isEqualTo("{\"type\":\"snapshot\",\"node\":\"registry-1\",\"version\":17,\"warming\":false,"
                        + "\"last\":true,\"instances\":[" + INSTANCE + "]}");
        assertThat(json(new Delta("registry-1", 18, List.of(), List.of(new Gone("w", 5, GoneReason.LEFT)))))
                .isEqualTo("{\"type\":\"delta\",\"node\":\"registry-1\",\"version\":18,\"up\":[],"
                        + "\"gone\":[{\"instance\":\"w\",\"epoch\":5,\"reason\":\"LEFT\"}]}");
        assertThat(json(new Digest("registry-1", 18, false, 3, List.of("gateway-1"))))
                .isEqualTo("{\"type\":\"digest\",\"node\":\"registry-1\",\"version\":18,\"warming\":false,"
                        + "\"instances\":3,\"gateways\":[\"gateway-1\"]}");
        assertThat(json(new LeaseTerms(10_000, 3_000))).isEqualTo("{\"leaseMillis\":10000,\"renewMillis\":3000}");
    }

    @Test
    void readsBackEveryView() {
        for (RegistryApi.View view : List.of(
                new Snapshot("r", 1, true, false, List.of(WORKER)),
                new Delta("r", 2, List.of(WORKER), List.of(new Gone("w", 5, GoneReason.REPLACED))),
                new Digest("r", 3, true, 7))) {
            assertThat(DiscoveryJson.readView(DiscoveryJson.write(view))).isEqualTo(view);
        }
    }

    @Test
    void ignoresUnknownFieldsAndTakesAbsentFlagsAsFalse() {
        String later = INSTANCE.replace("{\"instance\"", "{\"colour\":{\"of\":\"later\"},\"instance\"")
                .replace(",\"once\":false", "");
        assertThat(DiscoveryJson.read(bytes(later), Instance.class)).isEqualTo(WORKER);
        assertThat(DiscoveryJson.readView(bytes("{\"type\":\"digest\",\"node\":\"r\",\"version\":1,\"new\":1}")))
                .isEqualTo(new Digest("r", 1, false, 0));
    }

    @Test
    void takesAnAbsentTimeoutAsNone() {
        String earlier = INSTANCE.replace(",\"timeoutMillis\":2000", "");
        assertThat(DiscoveryJson.read(bytes(earlier), Instance.class)
                        .services()
                        .getFirst()
                        .methods())
                .containsExactly(new MethodOffer("upper", true, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"port\":7600      | \"port\":0           | port: 0 (expected: 1 to 65535)",
                "\"weight\":100     | \"weight\":1001      | weight: 1001 (expected: 1 to 1000)",
                "\"revision\":2   | \"revision\":-1     | revision: -1 (expected: 0 to",
                "\"capacity\":256   | \"capacity\":-1      | capacity: -1 (expected: 1 to 2147483647)",
                "\"epoch\":1795362542123456,| ''             | epoch",
                "\"worker-1\"       | \"\"                 | instance: '', 0 characters (expected: 1 to 128 characters)",
                "\"worker-1\"       | null                 | instance: missing (expected: 1 to 128 characters)",
                "\"worker-1\"       | \"a\\u0000b\"        | instance: has control characters (expected: none)",
                "\"echo\"           | \"e/o\"              | route: 'e/o/upper'",
                "\"upper\"          | \"\"                 | method name",
                "\"timeoutMillis\":2000 | \"timeoutMillis\":-1 | timeoutMillis: -1 (expected: 0 to 86400000)",
                "\"UP\"             | \"SIDEWAYS\"         | SIDEWAYS",
                "\"inFlight\":0     | \"inFlight\":-5      | inFlight: -5 (expected: 0 to 2147483647)",
                "{\"instance\"      | {{                   | malformed JSON"
            })
    void namesWhatIsWrongAndItsBound(String good, String bad, String message) {
        String wrong = INSTANCE.replace(good, bad);
        if (bad.isEmpty()) {
            assertThat(DiscoveryJson.read(bytes(wrong), Instance.class).epoch()).isZero();
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> DiscoveryJson.read(bytes(wrong), Instance.class))
                    .withMessageContaining(message);
        }
    }

    @Test
    void anInstanceWithoutARevisionHasNotChangedYet() {
        Instance old = DiscoveryJson.read(bytes(INSTANCE.replace("\"revision\":2,", "")), Instance.class);
        assertThat(old.revision()).isZero();
        assertThat(WORKER.compareAge(old)).isPositive();
        Renewal renewal = DiscoveryJson.read(
                bytes("{\"instance\":\"worker-1\",\"epoch\":5,\"state\":\"DRAINING\",\"inFlight\":3}"), Renewal.class);
        assertThat(renewal.applyTo(old))
                .isEqualTo(old.changed(0, InstanceState.DRAINING, 100).withInFlight(3));
    }

    @Test
    void readsBackEveryWish() {
        assertThat(json(new Wish.Drain())).isEqualTo("{\"type\":\"drain\"}");
        assertThat(json(new Wish.Weight(50))).isEqualTo("{\"type\":\"weight\",\"weight\":50}");
        for (Wish wish : List.of(new Wish.Drain(), new Wish.Resume(), new Wish.Weight(7))) {
            assertThat(DiscoveryJson.readWish(DiscoveryJson.write(wish))).isEqualTo(wish);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DiscoveryJson.readWish(bytes("{\"type\":\"weight\",\"weight\":0}")))
                .withMessageContaining("weight: 0 (expected: 1 to 1000)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DiscoveryJson.readWish(bytes("{\"type\":\"dance\"}")))
                .withMessageContaining("'dance' (expected: drain, resume or weight)");
    }

    @Test
    void refusesEveryTruncationOfAnInstance() {
        for (int length = 0; length < INSTANCE.length(); length++) {
            byte[] cut = bytes(INSTANCE.substring(0, length));
            assertThatIllegalArgumentException().isThrownBy(() -> DiscoveryJson.read(cut, Instance.class));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> DiscoveryJson.read(bytes("null"), Instance.class));
    }

    @Test
    void checksRenewalsAndLeavings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DiscoveryJson.read(bytes("{\"instance\":\"w\"}"), Renewal.class))
                .withMessageContaining("epoch: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DiscoveryJson.read(bytes("{\"epoch\":1}"), Leaving.class))
                .withMessageContaining("instance: missing");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DiscoveryJson.readView(bytes("{\"type\":\"song\"}")))
                .withMessageContaining("'song' (expected: snapshot, delta or digest)");
    }

    private static String json(Object value) {
        return new String(DiscoveryJson.write(value), UTF_8);
    }

    private static byte[] bytes(String json) {
        return json.getBytes(UTF_8);
    }
}
