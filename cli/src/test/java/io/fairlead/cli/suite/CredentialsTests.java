package io.fairlead.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

class CredentialsTests {
    private final Credentials credentials = Credentials.generate(new SecureRandom());

    @Test
    void everySuiteHasItsOwn() {
        Credentials others = Credentials.generate(new SecureRandom());

        assertThat(credentials.secret()).hasSize(43).isNotEqualTo(others.secret());
        assertThat(credentials.adminPassword()).hasSize(24).isNotEqualTo(others.adminPassword());
    }

    @Test
    void travelByTheEnvironmentAndWorkersAreNotToldThePassword() {
        assertThat(credentials.environment(Service.GATEWAY))
                .containsEntry("FAIRLEAD_SECRET", credentials.secret())
                .containsEntry("FAIRLEAD_ADMIN_PASSWORD", credentials.adminPassword())
                .isEqualTo(credentials.environment(Service.REGISTRY));
        assertThat(credentials.environment(Service.WORKER)).containsOnlyKeys("FAIRLEAD_SECRET");
    }

    @Test
    void areNotShownByAccident() {
        assertThat(new SuiteState(null, List.of(), credentials).toString())
                .doesNotContain(credentials.secret())
                .doesNotContain(credentials.adminPassword());
    }

    @Test
    void openTheAdminPagesByHttpBasic() {
        assertThat(new Credentials("secret", "open sesame").basic()).isEqualTo("Basic YWRtaW46b3BlbiBzZXNhbWU=");
    }
}
