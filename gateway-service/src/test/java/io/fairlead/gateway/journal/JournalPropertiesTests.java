package io.fairlead.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class JournalPropertiesTests {
    @Test
    void bindsWithItsDefaults() {
        JournalProperties properties = bind(Map.of());
        assertThat(properties)
                .isEqualTo(new JournalProperties(
                        "jdbc:sqlite:data/gateway-journal.db", null, null, 6, Duration.ofHours(1), 100_000));
    }

    @Test
    void showsNoPassword() {
        JournalProperties properties = bind(Map.of(
                "fairlead.gateway.journal.url", "jdbc:postgresql://u:geheim@db/fairlead?password=geheim",
                "fairlead.gateway.journal.password", "geheim"));
        assertThat(properties.toString())
                .contains("jdbc:postgresql://db/fairlead", "password=set")
                .doesNotContain("geheim");
    }

    @Test
    void refusesWhatWouldNotBeKept() {
        for (String url : new String[] {
            "jdbc:sqlite:", "jdbc:sqlite::memory:", "jdbc:sqlite:file:a.db?mode=memory", "jdbc:h2:mem:a", "a.db"
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new JournalProperties(url, null, null, 6, Duration.ZERO, 0))
                    .withMessage("fairlead.gateway.journal.url: " + url.replaceFirst("\\?.*", "")
                            + " (expected: jdbc:sqlite:FILE or jdbc:postgresql://HOST/DATABASE)");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new JournalProperties("jdbc:sqlite:a.db", null, null, 1, Duration.ZERO, 0))
                .withMessage("fairlead.gateway.journal.pool-size: 1 (expected: 2 to 64)");
    }

    private static JournalProperties bind(Map<String, String> values) {
        return new Binder(new MapConfigurationPropertySource(values))
                .bindOrCreate("fairlead.gateway.journal", JournalProperties.class);
    }
}
