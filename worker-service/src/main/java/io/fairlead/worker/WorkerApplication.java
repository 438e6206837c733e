package io.fairlead.worker;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/// Starts the worker.
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public class WorkerApplication {
    /// @param args properties, such as `--fairlead.worker.port=7610`
    public static void main(String[] args) {
        SpringApplication.run(WorkerApplication.class, args);
    }
}
