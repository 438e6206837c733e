package io.fairlead.gateway.admin;

import static io.fairlead.gateway.admin.AdminServer.admin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/// That the gateway is protected; how, is tested in the module `admin`.
@ExtendWith(OutputCaptureExtension.class)
class AdminSecurityTests {
    @Test
    void readingAndWritingNeedTheAccount() throws Exception {
        try (AdminServer gateway = AdminServer.withPassword()) {
            for (String path : new String[] {
                "/admin/listeners", "/admin/connections", "/admin/upstreams", "/admin/breakers", "/admin/drain", "/"
            }) {
                assertThat(gateway.get(path, null).statusCode()).as(path).isEqualTo(401);
                assertThat(gateway.post(path, null).statusCode()).as(path).isEqualTo(401);
            }
            assertThat(gateway.get("/admin/listeners", admin()).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void atTheManagementPortHealthAndPrometheusAreOpen() throws Exception {
        try (AdminServer gateway = AdminServer.withPassword()) {
            assertThat(gateway.manage("/actuator/health/liveness", null).statusCode())
                    .isEqualTo(200);
            assertThat(gateway.manage("/actuator/prometheus", null).statusCode())
                    .isEqualTo(200);
            assertThat(gateway.manage("/actuator/circuitbreakers", null).statusCode())
                    .isEqualTo(401);
        }
    }

    /// On Kubernetes Spring Boot believes such headers by default.
    @Test
    void aHeaderDoesNotMakeAGuessComeFromElsewhere(CapturedOutput output) throws Exception {
        try (AdminServer gateway = AdminServer.withPassword("--spring.main.cloud-platform=kubernetes")) {
            for (int i = 0; i < 10; i++) {
                assertThat(gateway.post("/admin/drain", "admin:guess" + i, "X-Forwarded-For", "203.0.113." + i)
                                .statusCode())
                        .isEqualTo(401);
            }
            assertThat(gateway.post("/admin/drain", "admin:guess", "X-Forwarded-For", "203.0.113.99")
                            .statusCode())
                    .isEqualTo(429);
            assertThat(output).contains("from=\"127.0.0.1\" what=login").doesNotContain("203.0.113.");
        }
    }

    @Test
    void doesNotStartWithoutAPasswordWhereOthersCouldReachIt(CapturedOutput output) {
        assertThatThrownBy(() -> new AdminServer("--server.address=0.0.0.0"));
        assertThat(output)
                .contains("APPLICATION FAILED TO START", "server.address: 0.0.0.0", "FAIRLEAD_ADMIN_PASSWORD");
    }
}
