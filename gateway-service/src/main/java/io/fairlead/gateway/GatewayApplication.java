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
    /// @param args Spring Boot's
    public static void main(String[] args) {
        // Netty follows every 128th buffer to find leaks, behind wrappers that slow down the access to all of them. Our
        // tests follow every buffer; a user who wants to look sets the property.
        System.getProperties().putIfAbsent("io.netty.leakDetection.level", "disabled");
        // Netty's adaptive allocator returns the memory of large buffers to the system and asks for it again: with many
        // messages of 256 KiB in flight, page faults take most of the time. Buffers here belong to event loops, for
        // which the pooled one keeps them.
        System.getProperties().putIfAbsent("io.netty.allocator.type", "pooled");
        SpringApplication.run(GatewayApplication.class, args);
    }
}
