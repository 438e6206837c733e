package io.fairlead.registry;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/// The registry.
@SpringBootApplication
@EnableConfigurationProperties(RegistryProperties.class)
public class RegistryApplication {
    /// Starts it.
    public static void main(String[] args) {
        SpringApplication.run(RegistryApplication.class, args);
    }
}
