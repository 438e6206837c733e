package io.fairlead.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkSecretTests {
    private static final String TEXT = "correct horse battery staple";

    @ParameterizedTest
    @ValueSource(strings = {"", "fifteen letters", " sixteen letters", "sixteen letters\n"})
    void refusesAWeakOneWithoutShowingIt(String text) {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> LinkSecret.of("fairlead.secret", text))
                .withMessageStartingWith("fairlead.secret: ")
                .withMessageContaining("expected")
                .extracting(Throwable::getMessage)
                .satisfies(message -> assertThat(message.contains("letters")).isFalse());
    }

    @Test
    void isShownNowhere() {
        LinkSecret secret = LinkSecret.of("fairlead.secret", TEXT);

        assertThat(secret.toString()).doesNotContain("horse");
        assertThat(LinkSettings.of("worker", "test").withSecret(secret).toString())
                .contains("hidden")
                .doesNotContain("horse");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, false",
        "127.8.8.8, false",
        "localhost, false",
        "::1, false",
        "0.0.0.0, true",
        "::, true",
        "10.0.0.1, true",
        "fe80::1, true",
        "no.such.host.invalid, true"
    })
    void isNeededWhereOthersMayConnect(String bindAddress, boolean needed) {
        assertThat(LinkSecret.isNeededAt(bindAddress)).isEqualTo(needed);
    }

    @Test
    void aStrangerWhoKnocksAllTheTimeIsCountedAndFillsNoLog() {
        LinkSecret secret = new LinkSecret(TEXT, new SecureRandom(), 0);
        int warned = 0;
        for (int second = 0; second < 25; second++) {
            warned += secret.refused("Link from 127.0.0.1:1", "it knocks", TimeUnit.SECONDS.toNanos(second)) ? 1 : 0;
        }

        assertThat(warned).isEqualTo(3);
        assertThat(secret.refused()).isEqualTo(25);
    }
}
