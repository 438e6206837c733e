package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fairlead.cli.suite.GatewayAddress;
import io.fairlead.cli.suite.SuiteException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTests {
    @TempDir
    Path directory;

    private Environment withFile(Path file) {
        return new Environment(Map.of("FAIRLEAD_ADMIN_PASSWORD_FILE", file.toString()));
    }

    private Path file(String content) throws Exception {
        return Files.writeString(directory.resolve("password"), content);
    }

    @Test
    void saysNothingByDefault() {
        Environment blank = new Environment(Map.of("FAIRLEAD_GATEWAYS", " ", "FAIRLEAD_ADMIN_PASSWORD", ""));

        assertThat(new Environment(Map.of()).gateways()).isEmpty();
        assertThat(blank.gateways()).isEmpty();
        assertThat(blank.adminPassword()).isEmpty();
    }

    @Test
    void saysWhereGatewaysAre() {
        assertThat(new Environment(Map.of("FAIRLEAD_GATEWAYS", "gateway-1, gateway-2:7410")).gateways())
                .containsExactly(GatewayAddress.parse("gateway-1"), GatewayAddress.parse("gateway-2:7410"));
    }

    @Test
    void namesTheVariableThatIsWrong() {
        assertThatExceptionOfType(SuiteException.class)
                .isThrownBy(() -> new Environment(Map.of("FAIRLEAD_GATEWAYS", "gateway-1:x")).gateways())
                .withMessageContainingAll("FAIRLEAD_GATEWAYS", "gateway-1:x", "HOST:PORT");
    }

    @Test
    void aPasswordsFileMayEndWithANewline() throws Exception {
        for (String content : new String[] {"open sesame", "open sesame\n", "open sesame\r\n"}) {
            assertThat(withFile(file(content)).adminPassword()).contains("open sesame");
        }
        assertThat(withFile(file(" two\nlines \n\n")).adminPassword()).contains(" two\nlines \n");
    }

    @Test
    void thePasswordItselfGoesFirst() throws Exception {
        Environment both = new Environment(Map.of(
                "FAIRLEAD_ADMIN_PASSWORD",
                "told",
                "FAIRLEAD_ADMIN_PASSWORD_FILE",
                file("kept").toString()));

        assertThat(both.adminPassword()).contains("told");
    }

    @Test
    void aPasswordsFileWithoutAPasswordIsAnError() throws Exception {
        for (Path file : new Path[] {file(""), directory, directory.resolve("missing")}) {
            assertThatExceptionOfType(SuiteException.class)
                    .isThrownBy(withFile(file)::adminPassword)
                    .withMessageContainingAll("FAIRLEAD_ADMIN_PASSWORD_FILE", file.toString(), "expected");
        }
        assertThatExceptionOfType(SuiteException.class)
                .isThrownBy(withFile(file("\n"))::adminPassword)
                .withMessageContaining("empty");
    }
}
