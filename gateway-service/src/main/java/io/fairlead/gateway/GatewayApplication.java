package io.fairlead.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/// The gateway process.
@SpringBootApplication
@ConfigurationPropertiesScan
public class GatewayApplication {
    /// @param args Spring Boot's
    public static void main(String[] args) {
        SpringApplication.run(GatewayApplication.class, args);
    }
}
