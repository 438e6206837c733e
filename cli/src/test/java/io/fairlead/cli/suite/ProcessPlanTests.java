package io.fairlead.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessPlanTests {
    @Test
    void firstInstancesTakeTheDocumentedPorts() {
        List<ProcessPlan> plans = ProcessPlan.standard(1, 1, 1);

        assertThat(plans).extracting(ProcessPlan::name).containsExactly("registry-1", "gateway-1", "worker-1");
        assertThat(plans.get(0).ports()).containsEntry("links", 7500).containsEntry("http", 8081);
        assertThat(plans.get(1).ports())
                .containsEntry("native", 7400)
                .containsEntry("lines", 7401)
                .containsEntry("iso8583", 7402)
                .containsEntry("mllp", 2575)
                .containsEntry("http", 8080)
                .containsEntry("actuator", 9080);
        assertThat(plans.get(2).ports()).containsEntry("links", 7600).containsEntry("actuator", 9082);
    }

    @Test
    void furtherInstancesTakeTenMoreEach() {
        ProcessPlan third = ProcessPlan.standard(1, 3, 1).get(3);

        assertThat(third.name()).isEqualTo("gateway-3");
        assertThat(third.ports()).containsEntry("native", 7420).containsEntry("mllp", 2595);
    }

    @Test
    void theLargestSuiteTakesNoPortTwice() {
        assertThat(ProcessPlan.standard(Service.REGISTRY.most(), Service.GATEWAY.most(), Service.WORKER.most()))
                .flatExtracting(plan -> plan.ports().values())
                .doesNotHaveDuplicates();
    }

    @Test
    void tellsAServiceItsPortsAndEveryRegistry() {
        List<ProcessPlan> plans = ProcessPlan.standard(2, 1, 1);

        assertThat(plans.get(2).arguments(plans))
                .contains(
                        "--fairlead.name=gateway-1",
                        "--fairlead.registries=127.0.0.1:7500,127.0.0.1:7510",
                        "--fairlead.gateway.listeners.mllp.port=2575",
                        "--server.port=8080",
                        "--management.server.port=9080");
        assertThat(plans.get(3).arguments(plans)).contains("--fairlead.worker.port=7600");
    }

    @Test
    void aSuiteOnFreePortsKeepsItsShape() {
        List<ProcessPlan> standard = ProcessPlan.standard(2, 1, 3);

        List<ProcessPlan> free = Ports.free(standard);

        assertThat(free)
                .extracting(ProcessPlan::name)
                .isEqualTo(standard.stream().map(ProcessPlan::name).toList());
        assertThat(free)
                .flatExtracting(plan -> plan.ports().values())
                .doesNotHaveDuplicates()
                .allMatch(port -> port >= 14_000 && port < 32_768);
        int distance = free.get(2).ports().get("native") - 7400;
        assertThat(free.get(2)).isEqualTo(standard.get(2).moved(port -> port + distance));
    }
}
