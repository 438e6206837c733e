package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTests {
    @ParameterizedTest
    @CsvSource({"localhost:7400,localhost,7400", "10.0.0.1:1,10.0.0.1,1", "[::1]:65535,::1,65535"})
    void readsHostAndPort(String text, String host, int port) {
        assertThat(Addresses.parse(text).getHostString()).isEqualTo(host);
        assertThat(Addresses.parse(text).getPort()).isEqualTo(port);
    }

    @Test
    void leavesNamesToBeResolvedAtEachConnect() {
        assertThat(Addresses.parse("localhost:7400").isUnresolved()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "host", "host:", ":7400", "host:0", "host:65536", "host:-1", "host:x", "::1:7400", "[]:1"})
    void saysWhatItExpects(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Addresses.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("host:port");
    }
}
