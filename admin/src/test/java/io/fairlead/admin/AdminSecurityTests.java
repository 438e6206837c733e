package io.fairlead.admin;

import static io.fairlead.admin.AdminServer.account;
import static io.fairlead.admin.AdminServer.admin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

@ExtendWith(OutputCaptureExtension.class)
class AdminSecurityTests {
    @Test
    void onlyTheAccountMayAdministerAndARefusalSaysWhatIsNeeded(CapturedOutput output) throws Exception {
        try (AdminServer server = AdminServer.withPassword()) {
            HttpResponse<String> stranger = server.post("/admin/nothing", null);
            assertThat(stranger.statusCode()).isEqualTo(401);
            assertThat(stranger.headers().firstValue("WWW-Authenticate"))
                    .hasValueSatisfying(header -> assertThat(header).startsWith("Basic"));
            assertThat(stranger.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            assertThat(stranger.body()).contains("\"status\":401", "fairlead.admin.password", "/admin/nothing");
            assertThat(stranger.headers().firstValue("Set-Cookie")).isEmpty();

            assertThat(server.post("/admin/nothing", account("admin", "wrong")).statusCode())
                    .isEqualTo(401);
            assertThat(server.post("/admin/nothing", account("root", AdminServer.PASSWORD))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(output).contains("who=\"root\" from=\"127.0.0.1\" what=login");
            assertThat(server.post("/admin/nothing", "no-colon").statusCode()).isEqualTo(401);
            HttpResponse<String> known = server.post("/admin/nothing", admin());
            assertThat(known.statusCode()).isEqualTo(404);
            assertThat(known.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        }
        assertThat(output).doesNotContain(AdminServer.PASSWORD);
    }

    @Test
    void readingNeedsTheAccountToo() throws Exception {
        try (AdminServer server = AdminServer.withPassword()) {
            for (String path : new String[] {"/admin/things", "/", "/x"}) {
                assertThat(server.get(path, null).statusCode()).as(path).isEqualTo(401);
            }
            assertThat(server.get("/admin/things", admin()).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aChangeLeavesALineInWhichAStrangersTextStaysInItsField(CapturedOutput output) throws Exception {
        try (AdminServer server = AdminServer.withPassword()) {
            assertThat(server.post("/admin/change", null).statusCode()).isEqualTo(401);
            assertThat(output).doesNotContain("what=change");
            assertThat(server.post("/admin/change", admin()).statusCode()).isEqualTo(200);
            assertThat(output)
                    .containsPattern("fairlead.audit .* who=\"admin\" from=\"127.0.0.1\" what=change"
                            + " object=\"a \\?thing\\?\\?who=root\" outcome=\"changed\" at=20\\d\\d-.*Z");
        }
    }

    @Test
    void atTheManagementPortHealthInfoAndPrometheusAreOpen() throws Exception {
        try (AdminServer server = AdminServer.withPassword("--management.endpoints.web.exposure.include=*")) {
            for (String open : new String[] {"health/liveness", "info", "prometheus"}) {
                assertThat(server.manage("/actuator/" + open, null).statusCode())
                        .as(open)
                        .isEqualTo(200);
            }
            for (String closed : new String[] {"/actuator", "/actuator/env", "/actuator/heapdump", "/nothing"}) {
                assertThat(server.manage(closed, null).statusCode()).as(closed).isEqualTo(401);
            }
            assertThat(server.manage("/actuator/env", admin()).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void withoutAPasswordNobodyMayAndTheRemedyIsSaid() throws Exception {
        try (AdminServer server = new AdminServer()) {
            for (String account : new String[] {null, "admin:", "admin:null", "admin:guess"}) {
                HttpResponse<String> answer = server.post("/admin/nothing", account);
                assertThat(answer.statusCode()).as(account).isEqualTo(403);
                assertThat(answer.body()).contains("FAIRLEAD_ADMIN_PASSWORD");
            }
            assertThat(server.manage("/actuator/health/liveness", null).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aPageOfAnotherSiteMayNotUseTheBrowsersAccount() throws Exception {
        try (AdminServer server = AdminServer.withPassword()) {
            HttpResponse<String> forged = server.post("/admin/nothing", admin(), "Sec-Fetch-Site", "cross-site");
            assertThat(forged.statusCode()).isEqualTo(403);
            assertThat(forged.body()).contains("another site");
            assertThat(server.post("/admin/nothing", admin(), "Sec-Fetch-Site", "same-origin")
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void aTenthWrongPasswordIsTheLastForAWhile() throws Exception {
        try (AdminServer server = AdminServer.withPassword()) {
            for (int i = 0; i < 10; i++) {
                assertThat(server.post("/admin/nothing", account("admin", "guess" + i))
                                .statusCode())
                        .isEqualTo(401);
            }
            HttpResponse<String> refused = server.post("/admin/nothing", admin());
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(1L, 6L);
            assertThat(refused.body()).contains("too many wrong passwords");
        }
    }

    @Test
    void aHashWillDoInPlaceOfThePassword() throws Exception {
        String hash = "{bcrypt}" + new BCryptPasswordEncoder(4).encode(AdminServer.PASSWORD);
        try (AdminServer server = new AdminServer("--fairlead.admin.password=" + hash)) {
            assertThat(server.post("/admin/nothing", admin()).statusCode()).isEqualTo(404);
            assertThat(server.post("/admin/nothing", account("admin", hash)).statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void doesNotStartWithoutAPasswordWhereOthersCouldReachIt(CapturedOutput output) {
        assertThatThrownBy(() -> new AdminServer("--server.address=0.0.0.0"));
        assertThat(output)
                .contains("APPLICATION FAILED TO START", "server.address: 0.0.0.0", "FAIRLEAD_ADMIN_PASSWORD");
        assertThatThrownBy(() -> new AdminServer("--management.server.address=0.0.0.0"));
        assertThat(output).contains("management.server.address: 0.0.0.0");
        assertThatThrownBy(() -> new AdminServer("--server.address="));
        assertThat(output).contains("server.address: none, which is every address");
    }

    @Test
    void aShortPasswordIsRefusedAndNotShown(CapturedOutput output) {
        assertThatThrownBy(() -> new AdminServer("--fairlead.admin.password=sekret"))
                .rootCause()
                .hasMessageContaining("fairlead.admin.password: 6 bytes (expected: 8 to 72");
        assertThat(output).doesNotContain("sekret");
        assertThat(new AdminProperties("admin", "sekretsekret").toString()).doesNotContain("sekret");
    }

    @Test
    void doesNotStartWithAHashThatFitsNoPassword() {
        assertThatThrownBy(() -> new AdminServer("--fairlead.admin.password={bcrypt}$2a$10$short"))
                .rootCause()
                .hasMessageContaining("no BCrypt hash")
                .hasMessageNotContaining("short");
    }
}
