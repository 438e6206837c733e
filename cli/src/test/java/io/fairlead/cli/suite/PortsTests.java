package io.fairlead.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortsTests {
    @Test
    void aPortInUseIsNamedWithARemedy() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            ProcessPlan plan = new ProcessPlan("gateway-1", Service.GATEWAY, Map.of("lines", port));

            assertThat(Ports.isFree(port)).isFalse();
            assertThatExceptionOfType(SuiteException.class)
                    .isThrownBy(() -> Ports.requireFree(List.of(plan)))
                    .withMessageContaining("port " + port + " (gateway-1, lines)")
                    .withMessageContaining("lsof -i :" + port);
        }
    }
}
