package io.fairlead.benchmarks.start;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/// A Boot application without a bean of its own. With the registry's libraries on its class path it shows what of the
/// registry's start is Spring Boot's.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class EmptyApplication {
    /// @param args properties, such as `--server.port=8081`
    public static void main(String[] args) {
        SpringApplication.run(EmptyApplication.class, args);
    }
}
