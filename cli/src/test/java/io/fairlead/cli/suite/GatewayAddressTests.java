package io.fairlead.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayAddressTests {
    @ParameterizedTest
    @CsvSource({
        "gateway-1, gateway-1:7400, 7401, 7402, 2575, http://gateway-1:8080",
        "localhost:7410, localhost:7410, 7411, 7412, 2585, http://localhost:8090",
        "10.0.0.1:7390, 10.0.0.1:7390, 7391, 7392, 2565, http://10.0.0.1:8070",
        "gateway_1.ns.svc, gateway_1.ns.svc:7400, 7401, 7402, 2575, http://gateway_1.ns.svc:8080",
        "[::1]:7410, [::1]:7410, 7411, 7412, 2585, http://[::1]:8090",
    })
    void allPortsMoveWithTheNativeOne(String text, String address, int lines, int iso8583, int mllp, String admin) {
        GatewayAddress gateway = GatewayAddress.parse(text);

        assertThat(gateway).hasToString(address);
        assertThat(gateway.listener("lines").getPort()).isEqualTo(lines);
        assertThat(gateway.listener("iso8583").getPort()).isEqualTo(iso8583);
        assertThat(gateway.listener("mllp").getPort()).isEqualTo(mllp);
        assertThat(gateway.admin()).hasToString(admin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":7400",
                "gateway-1:",
                "gateway-1:x",
                "gateway-1:0",
                "gateway-1:4825",
                "gateway-1:63856",
                "gateway-1:999999",
                "::1",
                "http://gateway-1",
                "two words"
            })
    void saysWhatItExpects(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GatewayAddress.parse(text))
                .withMessageContainingAll("'" + text + "'", "HOST or HOST:PORT", "4826 to 63855");
    }

    @Test
    void theOutermostPortsFit() {
        assertThat(GatewayAddress.parse("a:4826").listener("mllp").getPort()).isEqualTo(1);
        assertThat(GatewayAddress.parse("a:63855").listener("actuator").getPort())
                .isEqualTo(65_535);
    }

    @Test
    void severalHaveCommasBetweenThem() {
        assertThat(GatewayAddress.parseAll("a, b:7410"))
                .containsExactly(GatewayAddress.parse("a"), GatewayAddress.parse("b:7410"));
        assertThatIllegalArgumentException().isThrownBy(() -> GatewayAddress.parseAll("a,,b"));
    }

    @Test
    void namesAreNotLookedUp() {
        InetSocketAddress listener = GatewayAddress.parse("localhost").listener("lines");

        assertThat(listener.isUnresolved()).isTrue();
    }

    @Test
    void aProcessOnFreePortsHasOneToo() {
        ProcessPlan plan = Ports.free(ProcessPlan.standard(0, 1, 0)).getFirst();
        SuiteProcess process = new SuiteProcess(plan.name(), plan.service(), new ProcessId(1, 1), plan.ports(), "log");

        GatewayAddress gateway = GatewayAddress.of(process);

        assertThat(gateway).hasToString("127.0.0.1:" + process.port("native"));
        assertThat(gateway.listener("mllp").getPort()).isEqualTo(process.port("mllp"));
        assertThatIllegalArgumentException().isThrownBy(() -> gateway.listener("udp"));
    }
}
