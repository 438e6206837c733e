package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CallOptionsTests {
    @Test
    void changesNothingInThoseItCameFrom() {
        CallOptions keyed = CallOptions.DEFAULTS.withIdempotencyKey("k");
        CallOptions timed = keyed.withTimeout(Duration.ofSeconds(1)).withContentType("text/plain");

        assertThat(CallOptions.DEFAULTS.metadata()).isEmpty();
        assertThat(keyed.metadata()).containsOnlyKeys("idempotency-key");
        assertThat(timed.metadata()).containsEntry("idempotency-key", "k").containsEntry("content-type", "text/plain");
        assertThat(timed.timeout()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void namesEachKey() {
        assertThat(CallOptions.DEFAULTS
                        .withOrderingKey("o")
                        .withAffinityKey("a")
                        .with("x-tenant", "t")
                        .metadata())
                .containsOnlyKeys("ordering-key", "affinity-key", "x-tenant");
    }

    @Test
    void refusesATimeoutOfZero() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallOptions.DEFAULTS.withTimeout(Duration.ZERO))
                .withMessageContaining("timeout: PT0S");
    }

    @Test
    void refusesAnIdentityWhichOnlyGatewaysSet() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallOptions.DEFAULTS.with("identity", "me"))
                .withMessageContaining("identity");
    }
}
