package io.fairlead.gateway;

import io.fairlead.admin.AdminSecurity;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Import;

/// The gateway process.
@SpringBootApplication
@ConfigurationPropertiesScan
@Import(AdminSecurity.class)
public class GatewayApplication {
    private static final String LEAK_DETECTION = "io.netty.leakDetection.level";

    /// @param args Spring Boot's
    public static void main(String[] args) {
        // Netty follows every 128th buffer to find leaks, behind wrappers that slow down the access to all of them. Our
        // tests follow every buffer; a user who wants to look sets the property.
        if (System.getProperty(LEAK_DETECTION) == null) {
            System.setProperty(LEAK_DETECTION, "disabled");
        }
        SpringApplication.run(GatewayApplication.class, args);
    }
}
