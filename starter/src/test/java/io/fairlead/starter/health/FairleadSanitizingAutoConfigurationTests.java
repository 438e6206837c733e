package io.fairlead.starter.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class FairleadSanitizingAutoConfigurationTests {
    @ParameterizedTest
    @CsvSource({
        "fairlead.secret, true",
        "FAIRLEAD_SECRET, true",
        "fairlead.name, false",
        "app.secret.of.fairlead, false"
    })
    void hidesTheSecretAndNothingElse(String key, boolean hidden) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FairleadSanitizingAutoConfiguration.class))
                .run(context -> {
                    SanitizableData data = new SanitizableData(null, key, "sesame");
                    Object shown = context.getBean(SanitizingFunction.class)
                            .applyUnlessFiltered(data)
                            .getValue();
                    assertThat(shown).isEqualTo(hidden ? SanitizableData.SANITIZED_VALUE : "sesame");
                });
    }
}
