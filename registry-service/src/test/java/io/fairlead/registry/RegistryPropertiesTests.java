package io.fairlead.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class RegistryPropertiesTests {
    @Test
    void defaultsAreThoseOfTheDesign() {
        RegistryProperties defaults = new Binder(new MapConfigurationPropertySource())
                .bindOrCreate("fairlead.registry", RegistryProperties.class);
        assertThat(defaults.bindAddress()).isEqualTo("127.0.0.1");
        assertThat(defaults.port()).isEqualTo(7500);
        assertThat(defaults.lease()).isEqualTo(Duration.ofSeconds(10));
        assertThat(defaults.renew()).isEqualTo(Duration.ofSeconds(3));
        assertThat(defaults.tombstone()).isEqualTo(Duration.ofSeconds(60));
        assertThat(defaults.suspect()).isEqualTo(Duration.ofMinutes(5));
        assertThat(defaults.digest()).isEqualTo(Duration.ofSeconds(30));
        assertThat(defaults.maxInstances()).isEqualTo(10_000);
    }

    @ParameterizedTest
    @CsvSource({"PT0.15S, PT1S", "PT3S, PT3S", "PT5M, PT1M"})
    void heartbeatsAreAsRareAsRenewalsWithinBounds(Duration renew, Duration heartbeat) {
        assertThat(RegistryProperties.heartbeat(renew)).isEqualTo(heartbeat);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port          | 65536 | fairlead.registry.port: 65536 (expected: 0 to 65535)",
                "bind-address  | ' '   | fairlead.registry.bind-address: ' ' (expected: an address, or 0.0.0.0 for all)",
                "renew         | 10ms  | fairlead.registry.renew: PT0.01S (expected: at least 50ms)",
                "renew         | 400ms | fairlead.registry.lease: PT0.6S (expected: at least two renewals, 2 x renew = PT0.8S",
                "lease         | 2h    | fairlead.registry.lease: PT2H (expected: at least two renewals",
                "max-renewals  | 0     | fairlead.registry.max-renewals: 0 (expected: at least 1)",
                "tombstone     | 500ms | fairlead.registry.tombstone: PT0.5S (expected: at least one lease, PT0.6S)",
                "suspect       | 500ms | fairlead.registry.suspect: PT0.5S (expected: at least one lease, PT0.6S)",
                "digest        | 0s    | fairlead.registry.digest: PT0S (expected: at least 100ms)",
                "max-instances | 0     | fairlead.registry.max-instances: 0 (expected: at least 1)",
                "max-instances | 11001 | fairlead.registry.max-links: 12000 (expected: at least max-instances + max-watchers = 12001",
                "max-methods   | 0     | fairlead.registry.max-methods: 0 (expected: at least 1)",
                "max-watchers  | 0     | fairlead.registry.max-watchers: 0 (expected: at least 1)",
                "max-view-size | 13MB  | fairlead.registry.max-view-size: 13631488B (expected: at least max-registration-size",
                "max-registration-size | 2MB | fairlead.registry.max-registration-size: 2097152B (expected: 1KB to 1MB)",
            })
    void saysWhichValueIsWrongAndWhatIsExpected(String setting, String value, String message) {
        assertThatThrownBy(() -> RegistryFixture.properties(setting, value))
                .rootCause()
                .hasMessageContaining(message);
    }
}
