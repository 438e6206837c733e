package io.fairlead.starter.health;

import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/// Keeps `fairlead.secret` hidden in an application that has the actuator show the values of its settings.
@AutoConfiguration
@ConditionalOnClass(SanitizingFunction.class)
public final class FairleadSanitizingAutoConfiguration {
    @Bean
    SanitizingFunction fairleadHiddenSecret() {
        return SanitizingFunction.sanitizeValue().ifKeyMatches("(?i)fairlead[._]secret");
    }
}
