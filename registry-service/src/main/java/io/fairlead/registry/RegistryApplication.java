package io.fairlead.registry;

import io.fairlead.admin.AdminSecurity;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/// The registry.
@SpringBootApplication
@EnableConfigurationProperties(RegistryProperties.class)
@Import(AdminSecurity.class)
public class RegistryApplication {
    /// Where somebody has the actuator show values.
    @Bean
    SanitizingFunction hiddenSecrets() {
        return SanitizingFunction.sanitizeValue().ifLikelySensitive();
    }

    /// Starts it.
    public static void main(String[] args) {
        SpringApplication.run(RegistryApplication.class, args);
    }
}
